import { Accordion, Code, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { kindsQuery, wordOf } from "./webhooks";

/** What can be subscribed to, each with the body as it is posted. */
export function Kinds() {
  const { t } = useTranslation();
  const kinds = useQuery(kindsQuery);
  return (
    <Section title={t("webhooks.kinds")} count={kinds.data?.length} flush>
      <Text size="sm" c="dimmed" px="md" pt="sm">
        {t("webhooks.kinds_hint")}
      </Text>
      <QueryView query={kinds}>
        {(items) => (
          <Accordion order={3} chevronPosition="left">
            {items.map((k) => (
              <Accordion.Item key={k.type} value={k.type}>
                <Accordion.Control>
                  <Text fw={600}>{t(`webhooks.type.${wordOf(k.type)}`)}</Text>
                  <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
                    {k.type}
                  </Text>
                </Accordion.Control>
                <Accordion.Panel>
                  <Text size="sm" mb="xs">
                    {t(`webhooks.about.${wordOf(k.type)}`)}
                  </Text>
                  <Code block tabIndex={0}>
                    {JSON.stringify(k.example, null, 2)}
                  </Code>
                </Accordion.Panel>
              </Accordion.Item>
            ))}
          </Accordion>
        )}
      </QueryView>
    </Section>
  );
}
