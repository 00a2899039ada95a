import { useRouter } from "@tanstack/react-router";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from "react";
import classes from "./file.module.css";

type Arrivals = { count: number; hush: () => void };
const Context = createContext<Arrivals>({ count: 0, hush: () => {} });

/**
 * Counts arrivals inside the page, so that following the same link twice shows the way twice. A change of tab by hand
 * is hushed: nobody has to be shown what they have just chosen.
 */
export function ArrivalsProvider({ children }: { children: ReactNode }) {
  const router = useRouter();
  const [count, setCount] = useState(0);
  const hushed = useRef(false);
  useEffect(
    () =>
      router.subscribe("onResolved", ({ fromLocation }) => {
        if (fromLocation && !hushed.current) setCount((n) => n + 1);
        hushed.current = false;
      }),
    [router],
  );
  const value = useMemo(() => ({ count, hush: () => void (hushed.current = true) }), [count]);
  return <Context value={value}>{children}</Context>;
}

export const useHush = () => useContext(Context).hush;

const lit = 2_600; // ms: as long as the eye needs to find it

/**
 * What a link leads to: when `wanted`, it comes into view, takes the focus (or the first thing in it that fits `into`
 * does) and is lit for a moment. A whole `section` is shown only to whoever followed a link inside the page.
 */
export function useLanding<E extends HTMLElement>(wanted: boolean, { section = false, into = "" } = {}) {
  const { count } = useContext(Context);
  const ref = useRef<E>(null);
  const [shining, setShining] = useState(false);
  const seen = useRef(section ? count : -1);
  useEffect(() => {
    if (!wanted || count <= seen.current) return;
    // After the page's own arrival: it gives the focus to its beginning and scrolls there.
    const land = setTimeout(() => {
      seen.current = count;
      ref.current?.scrollIntoView({ block: section ? "start" : "center" });
      const field = into ? ref.current?.querySelector<HTMLElement>(into) : null;
      (field ?? ref.current)?.focus({ preventScroll: true });
      setShining(true);
    }, 80);
    return () => clearTimeout(land);
  }, [wanted, count, section, into]);
  useEffect(() => {
    if (!shining) return;
    const fade = setTimeout(() => setShining(false), lit);
    return () => clearTimeout(fade);
  }, [shining]);
  return { ref, tabIndex: -1, className: shining ? `${classes.landing} ${classes.lit}` : classes.landing };
}
