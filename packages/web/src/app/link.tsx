/** link: an address inside Holdfast. A plain click stays in the page; a modified click opens a tab, as the browser does. */
import { useRouter } from "@tanstack/react-router";
import type { MouseEvent, ReactNode } from "react";

export function Link(props: {
  to: string;
  children: ReactNode;
  className?: string;
  tip?: string;
  label?: string;
  current?: boolean;
  tabIndex?: number;
}) {
  const router = useRouter();
  const click = (event: MouseEvent): void => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    event.preventDefault();
    router.history.push(props.to);
  };
  return (
    <a
      href={props.to}
      className={props.className}
      data-tip={props.tip}
      aria-label={props.label}
      aria-current={props.current === true ? "page" : undefined}
      tabIndex={props.tabIndex}
      onClick={click}
    >
      {props.children}
    </a>
  );
}

/** Goes to an address from code. */
export function useGo(): (to: string) => void {
  const router = useRouter();
  return (to) => router.history.push(to);
}
