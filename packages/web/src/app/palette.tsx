/** palette: one box for pages, actions, and alerts, incidents and assets by name or number. */
import { estateRoutes } from "@holdfast/contracts/estate";
import { triageRoutes } from "@holdfast/contracts/triage";
import { Bell, Keyboard, LogOut, Monitor, Moon, Search, Server, Siren, Sun, Users } from "lucide-react";
import { useEffect, useId, useState, type KeyboardEvent, type ReactNode } from "react";
import { LogText } from "../ui/code.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Keys } from "../ui/keys.tsx";
import { useGo } from "./link.tsx";
import { links } from "./links.ts";
import { PAGES } from "./pages.ts";
import "./palette.css";
import { useTeam, useTheme } from "./preferences.ts";
import { useCall } from "./query.ts";
import { useLogout } from "./session.tsx";

interface Entry {
  readonly id: string;
  readonly group: string;
  readonly icon: ReactNode;
  readonly text: string;
  readonly note?: string;
  readonly keys?: string;
  readonly run: () => void;
}

export function Palette({ onClose, onKeys }: { onClose: () => void; onKeys: () => void }) {
  const id = useId();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const fixed = useActions(onKeys);
  const found = useFound(useLater(text.trim(), 160));
  const wanted = text.trim().toLowerCase();
  const entries = [
    ...fixed.filter((entry) => entry.text.toLowerCase().includes(wanted)),
    ...(wanted === "" ? [] : found),
    ...searchEntry(text, useGo()),
  ];
  const current = Math.min(at, entries.length - 1);
  const run = (entry: Entry | undefined): void => {
    if (entry === undefined) return;
    onClose();
    entry.run();
  };
  const key = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown") setAt(Math.min(current + 1, entries.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(current - 1, 0));
    else if (event.key === "Enter") run(entries[current]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title="Search anything" open onClose={onClose} wide>
      <div className="palette">
        <input
          className="input"
          role="combobox"
          aria-label="Search pages, alerts, incidents, assets and actions"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={entries.length > 0 ? `${id}-${current}` : undefined}
          placeholder="A page, an alert, INC-12, a host, an action"
          value={text}
          spellCheck={false}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={key}
        />
        <ul id={`${id}-list`} role="listbox" aria-label="Results" className="palette-list">
          {entries.map((entry, index) => (
            <li
              key={entry.id}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === current}
              className="palette-entry"
              ref={index === current ? scrollIntoView : undefined}
              onPointerMove={() => setAt(index)}
              onClick={() => run(entry)}
            >
              {entry.icon}
              <span className="truncate grow">
                <LogText text={entry.text} />
                {entry.note !== undefined && <span className="faint"> {entry.note}</span>}
              </span>
              <span className="faint small">{entry.group}</span>
              {entry.keys !== undefined && <Keys keys={entry.keys} />}
            </li>
          ))}
        </ul>
      </div>
    </Dialog>
  );
}

function useActions(onKeys: () => void): readonly Entry[] {
  const go = useGo();
  const [team, setTeam] = useTeam();
  const [theme, setTheme] = useTheme();
  const logout = useLogout();
  const other = team === "security" ? "operations" : "security";
  const themes = [
    { value: "light", icon: <Sun size={14} /> },
    { value: "dark", icon: <Moon size={14} /> },
    { value: "system", icon: <Monitor size={14} /> },
  ] as const;
  return [
    ...PAGES.map((page) => ({
      id: page.path,
      group: "Page",
      icon: <page.icon size={14} />,
      text: page.title,
      keys: page.keys,
      run: () => go(page.path),
    })),
    { id: "team", group: "Action", icon: <Users size={14} />, text: `Switch to ${other}`, run: () => setTeam(other) },
    ...themes
      .filter((entry) => entry.value !== theme)
      .map((entry) => ({
        id: `theme-${entry.value}`,
        group: "Action",
        icon: entry.icon,
        text: `Use the ${entry.value} theme`,
        run: () => setTheme(entry.value),
      })),
    { id: "keys", group: "Action", icon: <Keyboard size={14} />, text: "List all keys", keys: "?", run: onKeys },
    { id: "logout", group: "Action", icon: <LogOut size={14} />, text: "Log out", run: () => void logout() },
  ];
}

function useFound(text: string): readonly Entry[] {
  const go = useGo();
  const enabled = text.length >= 2 || /^\d+$/.test(text);
  const number = /^(?:inc-?)?(\d+)$/i.exec(text)?.[1];
  const byNumber = useCall(
    triageRoutes.getIncident,
    { params: { id: number ?? "" } },
    { enabled: number !== undefined },
  );
  const incidents = useCall(triageRoutes.listIncidents, { query: { q: text, limit: 5 } }, { enabled });
  const alerts = useCall(triageRoutes.listAlerts, { query: { q: text, limit: 6 } }, { enabled });
  const assets = useCall(estateRoutes.listAssets, { query: { q: text, limit: 6 } }, { enabled });
  const cases = [...(byNumber.data === undefined ? [] : [byNumber.data]), ...(incidents.data?.items ?? [])];
  return [
    ...cases
      .filter((incident, at) => cases.findIndex((other) => other.id === incident.id) === at)
      .map((incident) => ({
        id: `incident-${incident.id}`,
        group: "Incident",
        icon: <Siren size={14} />,
        text: `INC-${incident.number} ${incident.title}`,
        run: () => go(links.incident(incident.number)),
      })),
    ...(alerts.data?.items ?? []).map((alert) => ({
      id: `alert-${alert.id}`,
      group: "Alert",
      icon: <Bell size={14} />,
      text: alert.title,
      note: alert.entity.value.slice(0, 80),
      run: () => go(links.alert(alert.id)),
    })),
    ...(assets.data?.items ?? []).map((asset) => ({
      id: `asset-${asset.id}`,
      group: "Asset",
      icon: <Server size={14} />,
      text: asset.name,
      note: asset.kind,
      run: () => go(links.asset(asset.id)),
    })),
  ];
}

function searchEntry(text: string, go: (to: string) => void): readonly Entry[] {
  if (text.trim() === "") return [];
  const run = (): void => go(links.events({ q: text.trim() }));
  return [{ id: "search", group: "Search", icon: <Search size={14} />, text: `Search events for ${text.trim()}`, run }];
}

/** The value as it was some time ago, so that not every letter asks the server. */
function useLater(value: string, delay: number): string {
  const [later, setLater] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => setLater(value), delay);
    return () => window.clearTimeout(timer);
  }, [value, delay]);
  return later;
}

function scrollIntoView(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "nearest" });
}
