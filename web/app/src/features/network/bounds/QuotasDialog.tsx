import { zodResolver } from "@hookform/resolvers/zod";
import { Modal, SimpleGrid, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { api, ifMatch, take } from "~/api/client";
import type { AgencySummary, Quotas } from "~/api/types";
import { useSend } from "~/api/useSend";
import { FormDialog } from "~/ui/FormDialog";
import { showAtFields } from "~/ui/form";
import { Loading } from "~/ui/Loading";
import { QueryView } from "~/ui/QueryView";
import { formOf, type QuotaForm, quotasOf, quotasQuery } from "./bounds";

type Props = { network: string; agency: AgencySummary; onClose: () => void };

/** What one agency may have at most. */
export function QuotasDialog({ network, agency, onClose }: Props) {
  const { t } = useTranslation();
  const quotas = useQuery(quotasQuery(network, agency.id));
  // A form begins with what the server has now, not with what it had when somebody last looked.
  if (quotas.data && quotas.isFetchedAfterMount) return <QuotaFields {...{ network, agency, onClose }} quotas={quotas.data} />;
  return (
    <Modal opened onClose={onClose} title={t("bounds.of", { name: agency.name })} closeButtonProps={{ "aria-label": t("common.close") }}>
      <QueryView query={quotas}>{() => <Loading />}</QueryView>
    </Modal>
  );
}

/** Which field the server's names stand in. */
const places: Record<string, keyof QuotaForm> = { storage_bytes: "storage", requests_per_second: "rate", requests_burst: "burst", members: "members", files: "files" };

function QuotaFields({ network, agency, quotas, onClose }: Props & { quotas: Quotas & { version: number } }) {
  const { t } = useTranslation();
  const [{ version }] = useState(quotas); // the one the person sees: a newer one must not be overwritten unseen
  const [left, setLeft] = useState<unknown>(null);
  const whole = (least: number) => z.string().refine((v) => v.trim() === "" || (/^\d{1,9}$/.test(v.trim()) && Number(v) >= least), t("bounds.whole", { least }));
  const shape = z
    .object({ members: whole(1), files: whole(0), storage: z.string().refine((v) => v.trim() === "" || /^\d{1,6}([.,]\d{1,3})?$/.test(v.trim()), t("form.number")), rate: whole(1), burst: whole(1) })
    .refine((v) => (v.rate.trim() === "") === (v.burst.trim() === ""), { path: ["burst"], message: t("problem.code.quota_rate") });
  const form = useForm<QuotaForm>({ defaultValues: formOf(quotas), resolver: zodResolver(shape) });
  const { errors } = form.formState;
  const save = useSend<QuotaForm, unknown>({
    send: (values) => take(api.PUT("/api/v1/networks/{id}/agencies/{agencyId}/quotas", { params: { path: { id: network, agencyId: agency.id }, header: ifMatch(version) }, body: quotasOf(values) })),
    touches: ["networks"],
    onDone: () => {
      notifications.show({ color: "moss", message: t("form.saved") });
      onClose();
    },
  });
  const submit = form.handleSubmit((values) =>
    save.mutate(values, {
      onError: (error) =>
        setLeft(
          showAtFields(
            error,
            (path, e) => form.setError(places[path] ?? "members", e),
            (path) => path in places,
          ),
        ),
    }),
  );
  const fields: [keyof QuotaForm, string][] = [
    ["members", t("bounds.members")],
    ["files", t("bounds.files")],
    ["storage", t("bounds.storage")],
    ["rate", t("bounds.rate")],
    ["burst", t("bounds.burst")],
  ];
  return (
    <FormDialog opened onClose={onClose} title={t("bounds.of", { name: agency.name })} action={t("common.save")} pending={save.isPending} error={left} onSubmit={() => void submit()}>
      <Text size="sm" c="dimmed">
        {t("bounds.hint")}
      </Text>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        {fields.map(([name, label], i) => (
          <TextInput key={name} label={label} inputMode="decimal" placeholder={t("bounds.unlimited")} data-autofocus={i === 0 || undefined} error={errors[name]?.message} {...form.register(name)} />
        ))}
      </SimpleGrid>
    </FormDialog>
  );
}
