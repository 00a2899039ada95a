import { Button, Menu, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconArrowRight, IconChevronDown, IconLock, IconSend } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import type { Offer } from "~/api/types";
import { EventDialog } from "~/features/workflow/EventDialog";
import { offersQuery } from "~/features/workflow/offers";
import { useLanguage } from "~/ui/language";
import { useFile } from "../FileContext";
import { nextStep } from "../nextStep";
import { SendDialog } from "../submissions/SendDialog";

/** What can happen to the file now: the next step as a button, the rest in a menu, each with what stands in its way. */
export function FileEvents() {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const { can } = useSession();
  const { file, names } = useFile();
  const offers = useQuery({ ...offersQuery("applications", file.id), enabled: file.outcome === null });
  const [event, setEvent] = useState<string | null>(null);
  const [opened, { open, close }] = useDisclosure();
  const [sending, dialog] = useDisclosure();
  if (file.outcome !== null || !can("applications.transition")) return null;
  const all = offers.data?.items ?? [];
  const next = nextStep(all, file.state);
  const rest = all.filter((o) => o !== next);
  const ask = (o: Offer) => {
    setEvent(o.event);
    open();
  };
  return (
    <>
      {next && (
        <Button
          variant={next.enabled ? "filled" : "light"}
          color={next.enabled ? undefined : "ochre"}
          leftSection={next.enabled ? <IconArrowRight size={16} aria-hidden /> : <IconLock size={16} aria-hidden />}
          onClick={() => ask(next)}
        >
          {say(next.title)}
        </Button>
      )}
      {!next && offers.isSuccess && can("submissions.write") && (
        <Button leftSection={<IconSend size={16} aria-hidden />} onClick={dialog.open}>
          {t("application.send.title")}
        </Button>
      )}
      {rest.length > 0 && (
        <Menu position="bottom-end" width={300}>
          <Menu.Target>
            <Button variant="default" rightSection={<IconChevronDown size={16} aria-hidden />}>
              {t("application.other_events")}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {rest.map((o) => (
              <Menu.Item key={o.event} leftSection={o.enabled ? undefined : <IconLock size={15} aria-hidden />} onClick={() => ask(o)}>
                {say(o.title)}
                <Text size="xs" c="dimmed">
                  {o.enabled ? (o.to_titles ?? []).map(say).join(", ") : t("event.blocked", { count: o.blockers?.length ?? 0 })}
                </Text>
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      <EventDialog opened={opened} onClose={close} machine="applications" id={file.id} application={file.id} event={event ?? undefined} names={names} />
      <SendDialog opened={sending} onClose={dialog.close} />
    </>
  );
}
