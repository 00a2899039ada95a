import { Alert, Progress, Stack, Text } from "@mantine/core";
import { IconGauge } from "@tabler/icons-react";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";
import type { components } from "~/api/schema";
import { useLanguage } from "~/ui/language";
import { PageHeader } from "~/ui/PageHeader";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { partOf, storage } from "./limits";

type Use = components["schemas"]["TenantsUse"];
const quotas = ["members", "files", "storage_bytes"] as const;

const quotaQuery = queryOptions({ queryKey: keys.list("agency", "quotas"), queryFn: () => take(api.GET("/api/v1/agency/quotas")), staleTime: 0 });

/** What the agency may have, what it has of it, and whom to ask for more. */
export function LimitsPage() {
  const { t } = useTranslation();
  const use = useQuery(quotaQuery);
  return (
    <>
      <PageHeader title={t("limits.title")} hint={t("limits.hint")} />
      <QueryView query={use}>
        {(all) => (
          <Stack gap="md" maw={760}>
            {quotas.some((q) => all[q].near) && (
              <Alert color="ochre" icon={<IconGauge aria-hidden />} title={t("limits.near")}>
                {t("limits.near_hint")}
              </Alert>
            )}
            <Section title={t("limits.quotas")}>
              <Stack gap="lg">
                {quotas.map((q) => (
                  <Quota key={q} name={q} use={all[q]} />
                ))}
              </Stack>
            </Section>
            <Text size="sm" c="dimmed">
              {t("limits.raise")}
            </Text>
          </Stack>
        )}
      </QueryView>
    </>
  );
}

function Quota({ name, use }: { name: (typeof quotas)[number]; use: Use }) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const figure = (n: number) => (name === "storage_bytes" ? storage(n, language) : n.toLocaleString(language));
  const part = partOf(use);
  const full = part !== null && part >= 100;
  const color = full ? "brick" : use.near ? "ochre" : "petrol";
  return (
    <div>
      <Text fw={600}>{t(`limits.name.${name}`)}</Text>
      <Text size="sm">
        {use.limit === null ? t("limits.no_limit", { used: figure(use.used) }) : t("limits.used_of", { used: figure(use.used), limit: figure(use.limit), part: Math.floor(part!) })}
      </Text>
      {part !== null && <Progress mt={6} size="lg" value={Math.min(100, part)} color={color} aria-label={t(`limits.name.${name}`)} />}
      {(full || use.near) && (
        <Text size="sm" mt={4} fw={600} c={`light-dark(var(--mantine-color-${color}-8), var(--mantine-color-${color}-3))`}>
          {t(full ? "limits.full" : "limits.is_near")}
        </Text>
      )}
    </div>
  );
}
