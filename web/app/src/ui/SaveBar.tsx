import { Affix, Button, Group, Paper, Text, Transition } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

type Props = { dirty: boolean; pending: boolean; onReset: () => void };

/** Shows while a form has changes nobody saved; leaving the page asks first. Stands inside the form it saves. */
export function SaveBar({ dirty, pending, onReset }: Props) {
  const { t } = useTranslation();
  useBlocker({ shouldBlockFn: () => dirty && !pending && !window.confirm(t("form.leave")), enableBeforeUnload: () => dirty, disabled: !dirty });
  return (
    <Transition mounted={dirty} transition="slide-up" duration={120}>
      {(style) => (
        <Affix position={{ bottom: 16, left: 0, right: 0 }} withinPortal={false} zIndex={90} style={{ pointerEvents: "none" }}>
          <Group justify="center" px="md">
            <Paper p="xs" pl="md" shadow="md" bg="var(--paper)" style={{ ...style, pointerEvents: "auto" }} role="status">
              <Group gap="md">
                <Text size="sm">{t("form.unsaved")}</Text>
                <Group gap="xs">
                  <Button variant="default" onClick={onReset} disabled={pending}>
                    {t("form.reset")}
                  </Button>
                  <Button type="submit" loading={pending}>
                    {t("form.save")}
                  </Button>
                </Group>
              </Group>
            </Paper>
          </Group>
        </Affix>
      )}
    </Transition>
  );
}
