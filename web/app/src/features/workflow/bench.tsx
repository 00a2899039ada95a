import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useBlocker } from "@tanstack/react-router";
import { createContext, type ReactNode, useContext, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Report, TemplateVersion } from "~/api/types";
import { written } from "./base/base";
import { checkQuery } from "./templates";

/** What the tabs of a template's page share: the text somebody is at work on, and what the check says of it. */
type Bench = {
  templateKey: string;
  versions: TemplateVersion[];
  /** The version the text began as. */
  shown: TemplateVersion;
  source: string;
  changed: boolean;
  /** The report on the text as it stands; an older one while `checking`. */
  report: Report | undefined;
  checking: boolean;
  checkError: unknown;
  onCheckAgain: () => void;
  setSource: (text: string) => void;
  /** Takes up a version's text; asks first when there are changes nobody saved. False when the person stays. */
  open: (version: TemplateVersion) => boolean;
  /** The text was stored as this version. */
  stored: (version: TemplateVersion) => void;
};

const Context = createContext<Bench | null>(null);

export function useBench(): Bench {
  const value = useContext(Context);
  if (!value) throw new Error("useBench outside of a template's page");
  return value;
}

/** How long the typing pauses before the text is checked, in ms. */
const pause = 400;

export function BenchProvider({ templateKey, versions, children }: { templateKey: string; versions: TemplateVersion[]; children: ReactNode }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(versions[0]!);
  const [source, setSource] = useState(written(shown));
  const [settled] = useDebouncedValue(source, pause);
  const check = useQuery(checkQuery(settled));
  const changed = source !== written(shown);
  useBlocker({
    shouldBlockFn: ({ current, next }) => current.pathname !== next.pathname && !window.confirm(t("form.leave")),
    enableBeforeUnload: changed,
    disabled: !changed,
  });
  const value: Bench = {
    templateKey,
    versions,
    shown,
    source,
    changed,
    report: check.data,
    checking: check.isFetching || settled !== source,
    checkError: check.error,
    onCheckAgain: () => void check.refetch(),
    setSource,
    open(version) {
      if (changed && !window.confirm(t("form.leave"))) return false;
      setShown(version);
      setSource(written(version));
      return true;
    },
    stored(version) {
      setShown(version.overlay ? { ...version, overlay: source } : { ...version, source });
    },
  };
  return <Context value={value}>{children}</Context>;
}
