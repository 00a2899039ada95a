import { Group, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { DateText } from "~/ui/DateText";
import { Money, Percent } from "~/ui/Money";
import type { Step } from "../types";
import { told } from "./told";

/** What came with an event: a reason, a reference, an offer's figures, and whoever's own words. */
export function Said({ step, size = "sm" }: { step: Pick<Step, "payload" | "reason">; size?: "xs" | "sm" }) {
  const { t } = useTranslation();
  const { figures, words } = told(step);
  if (figures.length === 0 && words.length === 0) return null;
  return (
    <>
      {figures.length > 0 && (
        <Group gap="4px 14px" fz={size}>
          {figures.map(([name, value]) => (
            <span key={name}>
              {t(`application.said.${name}`, { defaultValue: name.replace(/_/g, " ") })}:{" "}
              <Text span inherit fw={600}>
                <Value name={name} of={value} />
              </Text>
            </span>
          ))}
        </Group>
      )}
      {words.map((w) => (
        <Text key={w} size={size} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
          «{w}»
        </Text>
      ))}
    </>
  );
}

function Value({ name, of }: { name: string; of: unknown }): ReactNode {
  const { t } = useTranslation();
  if (typeof of === "boolean") return t(of ? "application.yes" : "application.no");
  if (typeof of === "number" && name.endsWith("_bps")) return <Percent bps={of} />;
  if (typeof of === "number" && name.endsWith("_cents")) return <Money cents={of} />;
  const text = String(of);
  if (/^\d{4}-\d\d-\d\d(T|$)/.test(text)) return <DateText at={text} />;
  return name.endsWith("_code") ? t(`reason.${text}`, { defaultValue: text.replace(/_/g, " ") }) : text;
}
