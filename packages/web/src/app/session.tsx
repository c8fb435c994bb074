/** session: who is logged in and what they may do. An action that a role lacks is shown with the reason, never hidden. */
import { ROLE_PERMISSIONS, accessRoutes, role, type Permission, type Session } from "@holdfast/contracts/access";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, type ReactNode } from "react";
import { ApiError, call, setCsrf } from "./client.ts";

const SessionContext = createContext<Session | null>(null);

export const SESSION_KEY = ["session"] as const;

/** Null data = nobody is logged in. */
export function useSessionQuery() {
  return useQuery<Session | null>({
    queryKey: SESSION_KEY,
    queryFn: ({ signal }) => readSession(signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function SessionProvider({ session, children }: { session: Session; children: ReactNode }) {
  return <SessionContext value={session}>{children}</SessionContext>;
}

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error("useSession needs a SessionProvider above it.");
  return session;
}

/** Says why an action is refused to this user; "" when it is allowed. */
export function useRefusal(): (permission: Permission) => string {
  const session = useSession();
  return (permission) => (session.permissions.includes(permission) ? "" : refusal(permission));
}

export function rolesWith(permission: string): readonly string[] {
  return role.options.filter((name) => ROLE_PERMISSIONS[name].some((held) => held === permission));
}

export function useLogout(): () => Promise<void> {
  const client = useQueryClient();
  return async () => {
    await call(accessRoutes.logout, {});
    setCsrf("");
    client.clear();
    client.setQueryData(SESSION_KEY, null);
  };
}

function refusal(permission: Permission): string {
  return `Needs the permission ${permission} (roles ${rolesWith(permission).join(", ")}). An administrator can change your role.`;
}

async function readSession(signal: AbortSignal): Promise<Session | null> {
  try {
    const session = await call(accessRoutes.me, {}, signal);
    setCsrf(session.csrf);
    return session;
  } catch (error) {
    if (error instanceof ApiError && error.problem.status === 401) return null;
    throw error;
  }
}
