import { zodResolver } from "@hookform/resolvers/zod";
import { SimpleGrid, TextInput } from "@mantine/core";
import { useState } from "react";
import { Controller, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import { FormDialog } from "~/ui/FormDialog";
import { showAtFields } from "~/ui/form";
import { today } from "~/ui/format";
import { PercentInput } from "~/ui/MoneyInput";
import { pruned } from "~/ui/patch";
import { keyOf } from "./keyOf";

/** Adds a bank with its limits and the first agreement. */
export function NewLenderDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [left, setLeft] = useState<unknown>(null);
  const rate = z.number({ error: t("form.number") }).min(1, t("form.number")).max(10_000, t("form.at_most", { value: 100 }));
  const shape = z
    .object({
      name: z.string().trim().min(2, t("form.required")).max(200),
      max_ltv_bps: rate,
      max_dti_bps: rate,
      agreement_from: z.iso.date(t("form.date")),
      agreement_to: z.union([z.literal(""), z.iso.date()]),
    })
    .refine((v) => v.agreement_to === "" || v.agreement_to >= v.agreement_from, { path: ["agreement_to"], message: t("lenders.ends_before") });
  type Values = z.infer<typeof shape>;
  const form = useForm<Values>({ defaultValues: { name: "", max_ltv_bps: 8000, max_dti_bps: 3500, agreement_from: today(), agreement_to: "" }, resolver: zodResolver(shape) });
  const { errors } = form.formState;
  const add = useSend({
    send: (values: Values, once) => {
      const body = { key: keyOf(values.name), ...pruned(values) };
      return take(api.POST("/api/v1/lenders", { params: { header: once(body) }, body }));
    },
    touches: ["lenders"],
    onDone: onClose,
  });
  const submit = form.handleSubmit((values) => add.mutate(values, { onError: (error) => setLeft(showAtFields(error, form.setError, (path) => path in values)) }));
  return (
    <FormDialog opened onClose={onClose} title={t("lenders.new")} action={t("lenders.add")} pending={add.isPending} error={left} onSubmit={() => void submit()}>
      <TextInput label={t("settings.name")} withAsterisk data-autofocus error={errors.name?.message} {...form.register("name")} />
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        {(["max_ltv_bps", "max_dti_bps"] as const).map((name) => (
          <Controller
            key={name}
            control={form.control}
            name={name}
            render={({ field }) => <PercentInput label={t(`lenders.${name === "max_ltv_bps" ? "max_ltv" : "max_dti"}`)} error={errors[name]?.message} value={field.value} onChange={field.onChange} onBlur={field.onBlur} ref={field.ref} />}
          />
        ))}
        <TextInput type="date" label={t("lenders.agreement_from")} withAsterisk error={errors.agreement_from?.message} {...form.register("agreement_from")} />
        <TextInput type="date" label={t("lenders.agreement_to")} error={errors.agreement_to?.message} {...form.register("agreement_to")} />
      </SimpleGrid>
    </FormDialog>
  );
}
