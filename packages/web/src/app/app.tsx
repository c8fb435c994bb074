/** app: decides between the login page and the product, and holds what every page needs. */
import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useState } from "react";
import { Skeleton } from "../ui/states.tsx";
import { TipLayer } from "../ui/tip.tsx";
import { ToastLayer } from "../ui/toast.tsx";
import { ApiError } from "./client.ts";
import { Login } from "./login.tsx";
import { ErrorView } from "./outcome.tsx";
import { createAppRouter } from "./router.tsx";
import { SESSION_KEY, SessionProvider, useSessionQuery } from "./session.tsx";

export function App() {
  const [client] = useState(createClient);
  return (
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={client}>
        <Gate />
        <ToastLayer />
        <TipLayer />
      </QueryClientProvider>
    </CSPProvider>
  );
}

function Gate() {
  const query = useSessionQuery();
  const [router] = useState(createAppRouter);
  if (query.isPending) return <Skeleton rows={4} />;
  if (query.data === undefined)
    return <ErrorView error={query.error} what="the session" onRetry={() => void query.refetch()} />;
  if (query.data === null) return <Login />;
  return (
    <SessionProvider session={query.data}>
      <RouterProvider router={router} />
    </SessionProvider>
  );
}

function createClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (error instanceof ApiError && error.problem.status === 401) client.setQueryData(SESSION_KEY, null);
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        refetchOnWindowFocus: false,
        retry: (failures, error) =>
          failures < 2 && error instanceof ApiError && (error.problem.status === 0 || error.problem.status >= 502),
      },
    },
  });
  return client;
}
