/** pages: the navigation, in its fixed order. A page that is not built is not in it. */
import {
  Activity,
  Bell,
  Boxes,
  CalendarClock,
  ClipboardList,
  Drama,
  Gauge,
  LayoutGrid,
  ListChecks,
  Radio,
  ScrollText,
  Settings,
  Siren,
  Stamp,
  type LucideIcon,
} from "lucide-react";

export interface PageEntry {
  readonly path: string;
  readonly title: string;
  readonly keys: string;
  readonly icon: LucideIcon;
}

export const PAGES: readonly PageEntry[] = [
  { path: "/", title: "Floor", keys: "g f", icon: LayoutGrid },
  { path: "/events", title: "Events", keys: "g e", icon: Activity },
  { path: "/alerts", title: "Alerts", keys: "g a", icon: Bell },
  { path: "/incidents", title: "Incidents", keys: "g i", icon: Siren },
  { path: "/risk", title: "Risk", keys: "g k", icon: Gauge },
  { path: "/approvals", title: "Approvals", keys: "g v", icon: Stamp },
  { path: "/tasks", title: "Tasks", keys: "g j", icon: ClipboardList },
  { path: "/estate", title: "Estate", keys: "g t", icon: Boxes },
  { path: "/changes", title: "Changes", keys: "g h", icon: CalendarClock },
  { path: "/playbooks", title: "Playbooks", keys: "g p", icon: ListChecks },
  { path: "/exercises", title: "Exercises", keys: "g x", icon: Drama },
  { path: "/rules", title: "Rules", keys: "g r", icon: ScrollText },
  { path: "/sources", title: "Sources", keys: "g s", icon: Radio },
  { path: "/settings", title: "Settings", keys: "g c", icon: Settings },
];
