import { useTranslation } from "react-i18next";
import type { Stalled } from "~/api/types";
import { span } from "~/ui/format";

/** How long a file has stood in its state, what was expected, and whose expectation that is. */
export function StalledText({ stalled: s }: { stalled: Stalled }) {
  const { t } = useTranslation();
  const say = (seconds: number) => {
    const { unit, count } = span(seconds);
    return t(`common.${unit}`, { count });
  };
  return <>{t(`pipeline.stalled_by.${s.source}`, { time: say(s.seconds), expected: say(s.expected_seconds) })}</>;
}
