import { Group, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import overview from "./overview.module.css";

type Props = { title: string; result: ReactNode; formula: ReactNode; missing?: string[] | null; children: ReactNode };

/** One figure: what came out, what went in, and how. */
export function Working({ title, result, formula, missing, children }: Props) {
  const { t } = useTranslation();
  return (
    <section>
      <Group justify="space-between" align="baseline" mb={6}>
        <Title order={3}>{title}</Title>
        <span className={overview.result}>{result}</span>
      </Group>
      {children}
      {(missing ?? []).map((code) => (
        <Text key={code} size="sm" c="light-dark(var(--mantine-color-ochre-8), var(--mantine-color-ochre-3))" fw={600} mt={6}>
          {t(`application.missing.${code}`, { defaultValue: code })}
        </Text>
      ))}
      <Text size="sm" component="div" className={overview.formula}>
        {formula}
      </Text>
    </section>
  );
}
