import { Button, Menu, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconLock } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import type { Offer } from "~/api/types";
import { EventDialog } from "~/features/workflow/EventDialog";
import { offersQuery } from "~/features/workflow/offers";
import { useLanguage } from "~/ui/language";
import { useFile } from "../FileContext";
import { onlyStep, othersOnly } from "../nextStep";
import type { Submission } from "../types";

/** What can happen to a submission: its one next step, and everything else that can be written down of it. */
export function SubmissionEvents({ submission: s }: { submission: Submission }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const { can } = useSession();
  const { file, names } = useFile();
  const offers = useQuery({ ...offersQuery("submissions", s.id), enabled: s.outcome === null && can("submissions.transition") });
  const [event, setEvent] = useState<string>();
  const [opened, { open, close }] = useDisclosure();
  const all = offers.data?.items ?? [];
  if (all.length === 0) return null;
  const next = onlyStep(all);
  const rest = all.filter((o) => o !== next && !othersOnly(o));
  const more = t(next ? "application.other_events" : "application.submissions.write_down");
  const ask = (o: Offer) => {
    setEvent(o.event);
    open();
  };
  return (
    <>
      {next && (
        <Button size="compact-md" variant={next.enabled ? "filled" : "light"} color={next.enabled ? undefined : "ochre"} leftSection={next.enabled ? undefined : <IconLock size={15} aria-hidden />} onClick={() => ask(next)}>
          {say(next.title)}
        </Button>
      )}
      {rest.length > 0 && (
        <Menu position="bottom-end" width={280}>
          <Menu.Target>
            <Button size="compact-md" variant="default" rightSection={<IconChevronDown size={15} aria-hidden />} aria-label={`${more}, ${s.lender.name}`}>
              {more}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {rest.map((o) => (
              <Menu.Item key={o.event} leftSection={o.enabled ? undefined : <IconLock size={15} aria-hidden />} onClick={() => ask(o)}>
                {say(o.title)}
                {!o.enabled && (
                  <Text size="xs" c="dimmed">
                    {t("event.blocked", { count: o.blockers?.length ?? 0 })}
                  </Text>
                )}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      <EventDialog opened={opened} onClose={close} machine="submissions" id={s.id} application={file.id} event={event} names={names} />
    </>
  );
}
