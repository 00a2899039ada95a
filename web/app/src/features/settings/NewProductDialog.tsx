import { zodResolver } from "@hookform/resolvers/zod";
import { Select, SimpleGrid, TextInput } from "@mantine/core";
import { useState } from "react";
import { Controller, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import type { Lender } from "~/api/types";
import { enums, useOptions } from "~/ui/enums";
import { FormDialog } from "~/ui/FormDialog";
import { showAtFields } from "~/ui/form";
import { MoneyInput, PercentInput } from "~/ui/MoneyInput";

/** Adds what a bank offers. */
export function NewProductDialog({ lender, onClose }: { lender: Lender; onClose: () => void }) {
  const { t } = useTranslation();
  const [left, setLeft] = useState<unknown>(null);
  const products = useOptions("product");
  const rates = useOptions("rate");
  const cents = z.number({ error: t("form.amount") }).min(1, t("form.amount"));
  const shape = z
    .object({
      name: z.string().trim().min(2, t("form.required")).max(200),
      product_kind: z.enum(enums.product),
      rate_kind: z.enum(enums.rate),
      nominal_rate_bps: z.number({ error: t("form.number") }).min(0).max(10_000, t("form.at_most", { value: 100 })),
      min_amount_cents: cents,
      max_amount_cents: cents,
      max_term_months: z.number({ error: t("form.number") }).int().min(1).max(600, t("form.at_most", { value: 600 })),
    })
    .refine((v) => v.max_amount_cents > v.min_amount_cents, { path: ["max_amount_cents"], message: t("lenders.amounts_wrong") });
  type Values = z.infer<typeof shape>;
  const empty = null as unknown as number; // until it is typed
  const form = useForm<Values>({
    defaultValues: { name: "", product_kind: "mortgage", rate_kind: "fixed", nominal_rate_bps: empty, min_amount_cents: 5_000_000, max_amount_cents: empty, max_term_months: 360 },
    resolver: zodResolver(shape),
  });
  const { errors } = form.formState;
  const add = useSend({
    send: (values: Values, once) => {
      const body = { lender_id: lender.id, ...values };
      return take(api.POST("/api/v1/products", { params: { header: once(body) }, body }));
    },
    touches: ["lenders"],
    onDone: onClose,
  });
  const submit = form.handleSubmit((values) => add.mutate(values, { onError: (error) => setLeft(showAtFields(error, form.setError, (path) => path in values)) }));
  const figure = (name: "nominal_rate_bps" | "min_amount_cents" | "max_amount_cents", label: string) => {
    const Input = name === "nominal_rate_bps" ? PercentInput : MoneyInput;
    return <Controller control={form.control} name={name} render={({ field }) => <Input label={label} withAsterisk error={errors[name]?.message} value={field.value} onChange={field.onChange} onBlur={field.onBlur} ref={field.ref} />} />;
  };
  return (
    <FormDialog opened onClose={onClose} size="lg" title={t("lenders.new_product", { name: lender.name })} action={t("lenders.add")} pending={add.isPending} error={left} onSubmit={() => void submit()}>
      <TextInput label={t("settings.name")} withAsterisk data-autofocus error={errors.name?.message} {...form.register("name")} />
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <Controller control={form.control} name="product_kind" render={({ field }) => <Select label={t("lenders.kind")} allowDeselect={false} data={products} {...field} />} />
        <Controller control={form.control} name="rate_kind" render={({ field }) => <Select label={t("pipeline.rate_kind")} allowDeselect={false} data={rates} {...field} />} />
        {figure("nominal_rate_bps", t("pipeline.rate"))}
        <TextInput type="number" label={t("lenders.max_term_months")} withAsterisk error={errors.max_term_months?.message} {...form.register("max_term_months", { valueAsNumber: true })} />
        {figure("min_amount_cents", t("lenders.min_amount"))}
        {figure("max_amount_cents", t("lenders.max_amount"))}
      </SimpleGrid>
    </FormDialog>
  );
}
