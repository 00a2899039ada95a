import { type Ref, useImperativeHandle, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Finding } from "~/api/types";
import classes from "./SourceEditor.module.css";

export type SourceEditorHandle = { goTo: (line: number, column: number) => void };

type Props = { ref: Ref<SourceEditorHandle>; value: string; onChange: (text: string) => void; readOnly: boolean; findings: Finding[] };

const lineHeight = 20;

/** Plain text with line numbers. The Tab key leaves it, as everywhere else on the page. */
export function SourceEditor({ ref, value, onChange, readOnly, findings }: Props) {
  const { t } = useTranslation();
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const marks = useMemo(() => {
    const worst = new Map<number, string>();
    for (const f of findings) if (worst.get(f.line) !== "error") worst.set(f.line, f.severity);
    return worst;
  }, [findings]);
  const lines = useMemo(() => value.split("\n").length, [value]);
  useImperativeHandle(ref, () => ({
    goTo(line, column) {
      const el = area.current;
      if (!el) return;
      const before = value.split("\n").slice(0, line - 1);
      const start = before.reduce((n, l) => n + l.length + 1, 0);
      const end = value.indexOf("\n", start);
      el.focus();
      el.setSelectionRange(start + Math.max(0, column - 1), end < 0 ? value.length : end);
      el.scrollTop = Math.max(0, (line - 6) * lineHeight);
    },
  }));
  return (
    <div className={classes.editor}>
      <div ref={gutter} className={classes.gutter} aria-hidden>
        {Array.from({ length: lines }, (_, i) => (
          <div key={i} data-mark={marks.get(i + 1)}>
            {i + 1}
          </div>
        ))}
      </div>
      <textarea
        ref={area}
        className={classes.area}
        aria-label={t("workflow.source_label")}
        value={value}
        readOnly={readOnly}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        wrap="off"
        onChange={(e) => onChange(e.currentTarget.value)}
        onScroll={(e) => {
          if (gutter.current) gutter.current.scrollTop = e.currentTarget.scrollTop;
        }}
      />
    </div>
  );
}
