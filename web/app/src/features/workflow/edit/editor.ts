import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Text } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import type { Finding } from "~/api/types";
import { nonce } from "~/app/nonce";

/** CodeMirror's own words, by the English ones it asks for. */
export type Phrases = Record<string, string>;

type Settings = { parent: HTMLElement; text: string; label: string; readOnly: boolean; phrases: Phrases; onChange: (text: string) => void };

export type Editor = {
  view: EditorView;
  setText: (text: string) => void;
  setReadOnly: (readOnly: boolean) => void;
  mark: (findings: Finding[]) => void;
  goTo: (line: number, column: number) => void;
};

/** A YAML editor. The Tab key leaves it, as everywhere else on the page. */
export function openEditor({ parent, text, label, readOnly, phrases, onChange }: Settings): Editor {
  const writable = new Compartment();
  const may = (no: boolean) => [EditorState.readOnly.of(no), EditorView.editable.of(!no)];
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        EditorView.cspNonce.of(nonce),
        lineNumbers(),
        lintGutter(),
        highlightActiveLineGutter(),
        highlightActiveLine(),
        highlightSpecialChars(),
        highlightSelectionMatches(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        yaml(),
        syntaxHighlighting(classHighlighter),
        search({ top: true }),
        keymap.of([...defaultKeymap, ...searchKeymap, ...historyKeymap, ...lintKeymap]),
        EditorState.phrases.of(phrases),
        EditorState.tabSize.of(2),
        EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0", spellcheck: "false", autocapitalize: "off", autocorrect: "off" }),
        writable.of(may(readOnly)),
        EditorView.updateListener.of((update) => update.docChanged && onChange(update.state.doc.toString())),
      ],
    }),
  });
  return {
    view,
    setText(next) {
      if (next !== view.state.doc.toString()) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } });
    },
    setReadOnly: (no) => view.dispatch({ effects: writable.reconfigure(may(no)) }),
    mark: (findings) => view.dispatch(setDiagnostics(view.state, findings.filter((f) => f.line > 0).map((f) => diagnostic(view.state.doc, f)))),
    goTo(line, column) {
      const { from, to } = spanOf(view.state.doc, line, column);
      view.dispatch({ selection: { anchor: from, head: to }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
      view.focus();
    },
  };
}

/** From a finding's column to the end of its line. */
function spanOf(doc: Text, line: number, column: number) {
  const at = doc.line(Math.min(Math.max(line, 1), doc.lines));
  return { from: Math.min(at.from + Math.max(column - 1, 0), at.to), to: at.to };
}

function diagnostic(doc: Text, f: Finding): Diagnostic {
  return { ...spanOf(doc, f.line, f.column), severity: f.severity === "error" ? "error" : "warning", source: f.code, message: f.message };
}
