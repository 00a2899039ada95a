import { type Ref, useEffect, useImperativeHandle, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Finding } from "~/api/types";
import classes from "./edit.module.css";
import { type Editor, openEditor } from "./editor";

export type SourceEditorHandle = { goTo: (line: number, column: number) => void };

type Props = {
  ref: Ref<SourceEditorHandle>;
  value: string;
  onChange: (text: string) => void;
  readOnly: boolean;
  /** What to mark; undefined leaves the marks as they are, moving with the text, until there is a new report. */
  findings: Finding[] | undefined;
};

/** What CodeMirror says, by the English words it asks with, and our keys for them. */
const phrases = {
  Find: "find",
  Replace: "replace_with",
  next: "next",
  previous: "previous",
  all: "all",
  "match case": "match_case",
  "by word": "by_word",
  regexp: "regexp",
  replace: "replace",
  "replace all": "replace_all",
  close: "close",
  "current match": "current",
  "on line": "on_line",
  "replaced match on line $": "replaced",
  "replaced $ matches": "replaced_all",
  "Go to line": "go_to_line",
  go: "go",
  Diagnostics: "findings",
  "No diagnostics": "no_findings",
};

/** The template's text with line numbers and a mark beside each line that something was found on. */
export default function SourceEditor({ ref, value, onChange, readOnly, findings }: Props) {
  const { t, i18n } = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor | null>(null);
  const latest = useRef({ value, onChange, readOnly, findings });
  latest.current = { value, onChange, readOnly, findings };

  useEffect(() => {
    const now = latest.current;
    const made = openEditor({
      parent: place.current!,
      text: now.value,
      label: t("workflow.source_label"),
      readOnly: now.readOnly,
      phrases: Object.fromEntries(Object.entries(phrases).map(([english, key]) => [english, t(`editor.${key}`)])),
      onChange: (text) => latest.current.onChange(text),
    });
    editor.current = made;
    if (now.findings) made.mark(now.findings);
    return () => {
      made.view.destroy();
      editor.current = null;
    };
  }, [t, i18n, i18n.language]); // the words are built in: another language is another editor

  useEffect(() => editor.current?.setText(value), [value]);
  useEffect(() => editor.current?.setReadOnly(readOnly), [readOnly]);
  useEffect(() => {
    if (findings) editor.current?.mark(findings);
  }, [findings]);
  useImperativeHandle(ref, () => ({ goTo: (line, column) => editor.current?.goTo(line, column) }), []);
  return <div ref={place} className={classes.editor} />;
}
