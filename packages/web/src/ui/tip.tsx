/** tip: one tooltip for the whole page. Anything with `data-tip` (and `data-tip-keys`) gets it on hover and on focus.
 *  One listener instead of one component a row keeps tables of thousands of times and icons light. */
import { useEffect, useRef, useState } from "react";
import { Keys } from "./keys.tsx";
import "./tip.css";

interface Shown {
  readonly text: string;
  readonly keys: string;
  readonly x: number;
  readonly y: number;
  readonly above: boolean;
}

export function TipLayer() {
  const [shown, setShown] = useState<Shown | null>(null);
  const timer = useRef(0);
  useEffect(() => {
    const show = (event: Event, delay: number): void => {
      window.clearTimeout(timer.current);
      const target = event.target instanceof Element ? event.target.closest("[data-tip]") : null;
      if (target === null) return setShown(null);
      timer.current = window.setTimeout(() => setShown(place(target)), delay);
    };
    const over = (event: Event): void => show(event, 350);
    const focus = (event: Event): void => {
      if (event.target instanceof Element && event.target.matches(":focus-visible")) show(event, 0);
    };
    const hide = (): void => {
      window.clearTimeout(timer.current);
      setShown(null);
    };
    document.addEventListener("pointerover", over);
    document.addEventListener("focusin", focus);
    document.addEventListener("focusout", hide);
    document.addEventListener("pointerdown", hide);
    document.addEventListener("keydown", hide);
    document.addEventListener("scroll", hide, true);
    return () => {
      hide();
      document.removeEventListener("pointerover", over);
      document.removeEventListener("focusin", focus);
      document.removeEventListener("focusout", hide);
      document.removeEventListener("pointerdown", hide);
      document.removeEventListener("keydown", hide);
      document.removeEventListener("scroll", hide, true);
    };
  }, []);
  if (shown === null) return null;
  return (
    <div className={shown.above ? "tip above" : "tip"} role="tooltip" style={{ left: shown.x, top: shown.y }}>
      {shown.text}
      {shown.keys !== "" && <Keys keys={shown.keys} />}
    </div>
  );
}

function place(target: Element): Shown | null {
  const text = target.getAttribute("data-tip") ?? "";
  if (text === "" || !target.isConnected) return null;
  const box = target.getBoundingClientRect();
  const above = box.bottom > window.innerHeight - 80;
  return {
    text,
    keys: target.getAttribute("data-tip-keys") ?? "",
    x: Math.min(Math.max(box.left + Math.min(box.width, 240) / 2, 150), window.innerWidth - 150),
    y: above ? box.top - 6 : box.bottom + 6,
    above,
  };
}
