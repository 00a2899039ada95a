import { zodResolver } from "@hookform/resolvers/zod";
import { Button, Group, Modal, Select, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Controller, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import { membersQuery } from "~/features/members/members";
import { useOptions } from "~/ui/enums";
import { showAtFields } from "~/ui/form";
import { MoneyInput, PercentInput } from "~/ui/MoneyInput";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { useFile } from "../FileContext";
import { useChange } from "../useChange";
import { useTerm } from "../words";
import { type Asked, askedOf, askedShape, changes } from "./asked";

type Props = { opened: boolean; onClose: () => void };

/** Changes what is asked for. */
export function AskedDialog({ opened, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={t("application.asked.edit")} size="lg" closeButtonProps={{ "aria-label": t("common.close") }}>
      <AskedForm onClose={onClose} />
    </Modal>
  );
}

function AskedForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { file } = useFile();
  const term = useTerm();
  const members = useQuery(membersQuery);
  const [before] = useState(() => askedOf(file));
  const form = useForm<Asked>({ defaultValues: before, resolver: zodResolver(askedShape(t)) });
  const [left, setLeft] = useState<unknown>(null);
  const change = useChange({
    send: (values: Asked) => take(api.PATCH("/api/v1/applications/{id}", { params: { path: { id: file.id }, header: ifMatch(file.version) }, body: changes(before, values) })),
    onDone: onClose,
    onProblem: (problem) => setLeft(showAtFields(problem, form.setError, (path) => path in before)),
  });
  const { errors } = form.formState;
  const choice = (name: "purpose" | "product_kind" | "rate_kind" | "owner_id", label: string, data: { value: string; label: string }[]) => (
    <Controller control={form.control} name={name} render={({ field }) => <Select label={label} data={data} allowDeselect={false} error={errors[name]?.message} {...field} />} />
  );
  const purposes = useOptions("purpose");
  const products = useOptions("product");
  const rates = useOptions("rate");
  const keepers = (members.data ?? []).filter((m) => m.status === "active" || m.user_id === file.owner.id).map((m) => ({ value: m.user_id, label: m.name }));
  const months = form.watch("term_months");
  return (
    <form noValidate onSubmit={(e) => void form.handleSubmit(change.run)(e)}>
      <Stack gap="sm">
        <TextInput label={t("application.title")} error={errors.title?.message} {...form.register("title")} />
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
          <Controller
            control={form.control}
            name="amount_cents"
            render={({ field }) => <MoneyInput label={t("application.amount")} withAsterisk error={errors.amount_cents?.message} {...field} data-autofocus />}
          />
          <TextInput
            type="number"
            min={1}
            max={600}
            label={t("application.term_months")}
            description={Number.isInteger(months) && months > 0 ? term(months) : undefined}
            inputWrapperOrder={["label", "input", "description", "error"]}
            withAsterisk
            error={errors.term_months?.message}
            {...form.register("term_months", { valueAsNumber: true })}
          />
          <Controller
            control={form.control}
            name="nominal_rate_bps"
            render={({ field }) => <PercentInput label={t("application.rate")} withAsterisk error={errors.nominal_rate_bps?.message} {...field} />}
          />
          {choice("rate_kind", t("application.rate_kind"), rates)}
          {choice("purpose", t("application.purpose"), purposes)}
          {choice("product_kind", t("application.product"), products)}
          <TextInput type="date" label={t("application.planned")} withAsterisk error={errors.planned_submission?.message} {...form.register("planned_submission")} />
          {choice("owner_id", t("application.owner"), keepers)}
        </SimpleGrid>
        <ProblemAlert error={change.error && left} application={file.id} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button type="submit" loading={change.pending}>
            {t("application.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
