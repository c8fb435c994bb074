/** shell: the frame around every page: navigation at the left, the header, the keys that work everywhere, tips and toasts. */
import { Outlet, useRouterState } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { useKeys } from "../ui/keyboard.ts";
import { Keys } from "../ui/keys.tsx";
import { Header } from "./header.tsx";
import { KeyList } from "./key-list.tsx";
import { Link, useGo } from "./link.tsx";
import { useLive, useLiveConnection } from "./live.ts";
import { PAGES } from "./pages.ts";
import { Palette } from "./palette.tsx";
import { PAGE_NOTICES } from "./preferences.ts";
import { useSession } from "./session.tsx";
import "./shell.css";

const RestoreBanner = lazy(async () => ({ default: (await import("../backup/restore-banner.tsx")).RestoreBanner }));
const ExerciseBanner = lazy(async () => ({ default: (await import("../exercises/banner.tsx")).ExerciseBanner }));

export function Shell() {
  const go = useGo();
  const [open, setOpen] = useState<"palette" | "keys" | null>(null);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const { user, permissions } = useSession();
  useLiveConnection();
  useLive("oncall.changed", ({ incidentId }) => {
    if (incidentId === null || window.localStorage.getItem(PAGE_NOTICES) !== "on") return;
    void import("../oncall/page-notices.ts")
      .then(({ showPage }) => showPage(incidentId, user.id))
      .catch(() => undefined);
  });
  useEffect(() => setOpen(null), [path]);
  useKeys({
    "mod+k": {
      label: "Search anything and run actions",
      group: "Everywhere",
      everywhere: true,
      run: () => setOpen("palette"),
    },
    "?": { label: "List all keys", group: "Everywhere", run: () => setOpen("keys") },
    ...Object.fromEntries(
      PAGES.map((page) => [page.keys, { label: `Go to ${page.title}`, group: "Go to", run: () => go(page.path) }]),
    ),
  });
  return (
    <div className="shell-frame">
      <a className="skip" href="#main">
        Skip to the page
      </a>
      {permissions.includes("system.read") && (
        <Suspense>
          <RestoreBanner />
        </Suspense>
      )}
      {permissions.includes("exercises.read") && (
        <Suspense>
          <ExerciseBanner />
        </Suspense>
      )}
      <div className="shell">
        <nav className="nav" aria-label="Pages">
          <Link to="/" className="nav-brand" label="Holdfast">
            <img src="/icon.svg" alt="" width="22" height="22" />
            <span className="nav-word">Holdfast</span>
          </Link>
          {PAGES.map((page) => (
            <Link
              key={page.path}
              to={page.path}
              className="nav-link"
              current={page.path === "/" ? path === "/" : path.startsWith(page.path)}
              tip={`${page.title}  ${page.keys}`}
            >
              <page.icon size={16} aria-hidden="true" />
              <span className="nav-word">{page.title}</span>
              <Keys keys={page.keys} />
            </Link>
          ))}
        </nav>
        <div className="shell-column">
          <Header onPalette={() => setOpen("palette")} onKeys={() => setOpen("keys")} />
          <Outlet />
        </div>
        {open === "palette" && <Palette onClose={() => setOpen(null)} onKeys={() => setOpen("keys")} />}
        {open === "keys" && <KeyList onClose={() => setOpen(null)} />}
      </div>
    </div>
  );
}
