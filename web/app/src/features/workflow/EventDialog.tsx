import { Modal, Radio, Stack, Text } from "@mantine/core";
import { IconRouteOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Moved, Offer, Text as Words } from "~/api/types";
import { EmptyState } from "~/ui/EmptyState";
import { useLanguage } from "~/ui/language";
import { QueryView } from "~/ui/QueryView";
import { EventForm } from "./EventForm";
import { leadingTo, type Machine, offersQuery } from "./offers";

export type EventDialogProps = {
  opened: boolean;
  onClose: () => void;
  machine: Machine;
  /** The machine's id, and the file's for the links that clear a blocker (the same for a file). */
  id: string;
  application: string;
  /** What is asked for: one event, or any that leads to a state. */
  event?: string;
  to?: { state: string; title: Words };
  /** Names of subjects by id, for blockers that are about one person. */
  names?: Record<string, string>;
  onDone?: (moved: Moved) => void;
};

/** Sends an event: offers those that fit, asks for reason and payload, and says what stands in the way. */
export function EventDialog(props: EventDialogProps) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const title = props.to ? t("event.move_to", { state: say(props.to.title) }) : t("event.title");
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={title} size="lg" closeButtonProps={{ "aria-label": t("common.close") }}>
      {props.opened && <Body {...props} />}
    </Modal>
  );
}

function Body({ machine, id, event, to, onClose, ...rest }: EventDialogProps) {
  const { t } = useTranslation();
  const offers = useQuery(offersQuery(machine, id));
  return (
    <QueryView query={offers}>
      {({ items, version }) => {
        const all = items ?? [];
        const fitting = event ? all.filter((o) => o.event === event) : to ? leadingTo(all, to.state) : all;
        if (fitting.length === 0) {
          return (
            <EmptyState compact icon={IconRouteOff} title={t("event.none")}>
              {t("event.none_hint")}
            </EmptyState>
          );
        }
        return <Choice offers={fitting} {...rest} machine={machine} id={id} version={version} onClose={onClose} />;
      }}
    </QueryView>
  );
}

type ChoiceProps = Omit<EventDialogProps, "opened" | "event" | "to"> & { offers: Offer[]; version: number };

function Choice({ offers, ...rest }: ChoiceProps) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const [name, setName] = useState(offers[0]!.event);
  const chosen = offers.find((o) => o.event === name) ?? offers[0]!;
  return (
    <Stack gap="md">
      {offers.length > 1 ? (
        <Radio.Group label={t("event.which")} value={chosen.event} onChange={setName}>
          <Stack gap={6} mt={6}>
            {offers.map((o) => (
              <Radio key={o.event} value={o.event} label={say(o.title)} description={o.enabled ? undefined : t("event.blocked", { count: o.blockers?.length ?? 0 })} />
            ))}
          </Stack>
        </Radio.Group>
      ) : (
        <Text fw={600}>{say(chosen.title)}</Text>
      )}
      <EventForm key={chosen.event} offer={chosen} {...rest} />
    </Stack>
  );
}
