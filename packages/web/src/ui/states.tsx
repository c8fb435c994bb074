/** states: what a view shows when it has nothing to show: loading, empty, error, denied; and partial, when it has not all. */
import { CircleAlert, CircleSlash, Lock, TriangleAlert } from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";
import { Button } from "./button.tsx";
import "./states.css";

/** The real layout in grey, only after 200 ms: a fast answer never flashes. */
export function Skeleton({ rows = 8, label = "Loading" }: { rows?: number; label?: string }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => setLate(true), 200);
    return () => window.clearTimeout(timer);
  }, []);
  return (
    <div className="skeleton" role="status" aria-label={label}>
      {late && Array.from({ length: rows }, (_, at) => <div key={at} className={`skeleton-row w${at % 4}`} />)}
    </div>
  );
}

/** Why there is nothing, and the next step. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <Notice icon={<CircleSlash size={18} />} title={title} action={action}>
      {children}
    </Notice>
  );
}

/** What happened, what to do, and a code to quote. */
export function Failed(props: {
  title: string;
  detail: string;
  code: string;
  suggestion?: string | undefined;
  onRetry?: () => void;
}) {
  return (
    <Notice
      icon={<CircleAlert size={18} />}
      title={props.title}
      alert
      action={props.onRetry !== undefined && <Button onClick={props.onRetry}>Try again</Button>}
    >
      <p>{props.detail}</p>
      {props.suggestion !== undefined && (
        <p>
          Instead: <span className="mono strong">{props.suggestion}</span>
        </p>
      )}
      <p className="mono faint">{props.code}</p>
    </Notice>
  );
}

/** Which permission is missing and who can grant it. */
export function Denied({ permission, roles }: { permission: string; roles: readonly string[] }) {
  return (
    <Notice icon={<Lock size={18} />} title="You may not see this">
      <p>
        It needs the permission <span className="mono">{permission}</span>, which the roles {roles.join(", ")} have. An
        administrator can change your role under Settings, Users.
      </p>
    </Notice>
  );
}

/** A line above data that is not complete. */
export function Partial({ children, action }: { children: ReactNode; action?: ReactNode }) {
  return (
    <div className="partial" role="note">
      <TriangleAlert size={14} aria-hidden="true" />
      <span className="grow">{children}</span>
      {action}
    </div>
  );
}

function Notice(props: { icon: ReactNode; title: string; alert?: boolean; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="notice" role={props.alert === true ? "alert" : undefined}>
      {props.icon}
      <h2>{props.title}</h2>
      {props.children}
      {props.action}
    </div>
  );
}
