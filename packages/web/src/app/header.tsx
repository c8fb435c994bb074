/** header: search anything, team switch, live state, theme, and the user. */
import { Keyboard, LogOut, Monitor, Moon, Search, Settings, Sun } from "lucide-react";
import { Keys } from "../ui/keys.tsx";
import { Menu } from "../ui/menu.tsx";
import { toast } from "../ui/toast.tsx";
import { Button } from "../ui/button.tsx";
import { explain } from "./client.ts";
import { useGo } from "./link.tsx";
import { useLiveState } from "./live.ts";
import { useTeam, useTheme, type Theme } from "./preferences.ts";
import { useLogout, useSession } from "./session.tsx";

export function Header({ onPalette, onKeys }: { onPalette: () => void; onKeys: () => void }) {
  const [team, setTeam] = useTeam();
  return (
    <header className="header">
      <button type="button" className="header-search" onClick={onPalette} aria-keyshortcuts="Control+K">
        <Search size={14} aria-hidden="true" />
        Search anything
        <Keys keys="mod+k" />
      </button>
      <div className="header-gap" />
      <div className="segment" role="group" aria-label="Team: changes what comes first, hides nothing">
        <button type="button" aria-pressed={team === "security"} onClick={() => setTeam("security")}>
          Security
        </button>
        <button type="button" aria-pressed={team === "operations"} onClick={() => setTeam("operations")}>
          Operations
        </button>
      </div>
      <LiveMark />
      <ThemeButton />
      <UserMenu onKeys={onKeys} />
    </header>
  );
}

function LiveMark() {
  const state = useLiveState();
  const words = { live: "live", connecting: "connecting", lost: "not live" } as const;
  const tips = {
    live: "Changes arrive as they happen.",
    connecting: "Opening the stream of changes.",
    lost: "The stream of changes is cut. What you see may be old; it is tried again by itself.",
  } as const;
  return (
    <span className={`live ${state}`} role="status" data-tip={tips[state]}>
      <i aria-hidden="true" />
      {words[state]}
    </span>
  );
}

const NEXT: Readonly<Record<Theme, Theme>> = { system: "dark", dark: "light", light: "system" };
const THEME_ICON = { system: <Monitor size={16} />, dark: <Moon size={16} />, light: <Sun size={16} /> } as const;

function ThemeButton() {
  const [theme, setTheme] = useTheme();
  return (
    <Button
      variant="ghost"
      icon={THEME_ICON[theme]}
      label={`Theme: ${theme}. Change to ${NEXT[theme]}`}
      onClick={() => setTheme(NEXT[theme])}
    />
  );
}

function UserMenu({ onKeys }: { onKeys: () => void }) {
  const { user } = useSession();
  const go = useGo();
  const logout = useLogout();
  const name = user.fullName === "" ? user.name : user.fullName;
  return (
    <Menu
      trigger={
        <button type="button" className="avatar" aria-label={`${initials(name)}: ${name}, ${user.role}`}>
          {initials(name)}
        </button>
      }
      heading={`${name} · ${user.role} · ${user.team}`}
      actions={[
        { label: "Change password", icon: <Settings size={14} />, run: () => go("/settings?tab=account") },
        { label: "Keys", icon: <Keyboard size={14} />, keys: "?", run: onKeys },
        null,
        {
          label: "Log out",
          icon: <LogOut size={14} />,
          run: () => {
            logout().catch((error: unknown) =>
              toast({ title: "Could not log out", body: explain(error), tone: "error" }),
            );
          },
        },
      ]}
    />
  );
}

function initials(name: string): string {
  const words = name.split(/[\s._-]+/).filter((word) => word !== "");
  return ((words[0]?.[0] ?? "?") + (words[1]?.[0] ?? words[0]?.[1] ?? "")).toUpperCase();
}
