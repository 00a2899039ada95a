import { zodResolver } from "@hookform/resolvers/zod";
import { SimpleGrid, Stack, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { api, ifMatch, take } from "~/api/client";
import { meKey } from "~/api/keys";
import { useSend } from "~/api/useSend";
import type { Agency } from "~/api/types";
import { useSession } from "~/app/session";
import { SecondFactorSection } from "~/features/security/SecondFactorSection";
import { vatNumber } from "~/features/subjects/identifiers";
import { showAtFields } from "~/ui/form";
import { PageHeader } from "~/ui/PageHeader";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { QueryView } from "~/ui/QueryView";
import { SaveBar } from "~/ui/SaveBar";
import { Section } from "~/ui/Section";
import { useFollow } from "~/ui/useFollow";
import { agencyQuery } from "./agency";

export function AgencyPage() {
  const { t } = useTranslation();
  const agency = useQuery(agencyQuery);
  return (
    <>
      <PageHeader title={t("settings.agency")} />
      <QueryView query={agency}>
        {(a) => (
          <Stack maw={760}>
            <AgencyForm agency={a} />
            <SecondFactorSection agency={a} />
          </Stack>
        )}
      </QueryView>
    </>
  );
}

const valuesOf = (a: Agency) => ({ name: a.name, city: a.city, vat_number: a.vat_number ?? "" });

function AgencyForm({ agency }: { agency: Agency }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const client = useQueryClient();
  const [left, setLeft] = useState<unknown>(null);
  const shape = z.object({
    name: z.string().trim().min(2, t("form.required")).max(200),
    city: z.string().max(200),
    vat_number: z.string().refine((v) => v === "" || vatNumber(v) === null, t("subjects.wrong.vat_check")),
  });
  type Values = z.infer<typeof shape>;
  const start = useMemo(() => valuesOf(agency), [agency]);
  const form = useForm<Values>({ defaultValues: start, resolver: zodResolver(shape) });
  const { errors, isDirty } = form.formState;
  useFollow(form, start);
  const save = useSend<Values, Agency>({
    send: (body) => take(api.PATCH("/api/v1/agency", { params: { header: ifMatch(agency.version) }, body })),
    touches: [],
    onDone: (saved) => {
      client.setQueryData(agencyQuery.queryKey, saved);
      void client.invalidateQueries({ queryKey: meKey }); // its name stands in the navigation
      form.reset(valuesOf(saved));
      setLeft(null);
      notifications.show({ color: "moss", message: t("form.saved") });
    },
  });
  const editable = can("agency.write");
  const submit = form.handleSubmit((values) =>
    save.mutate(values, {
      onError: (error) => {
        if (error.stale) void client.invalidateQueries({ queryKey: agencyQuery.queryKey });
        setLeft(error.stale ? null : showAtFields(error, form.setError, (path) => path in values));
      },
    }),
  );
  return (
    <form noValidate onSubmit={(e) => void submit(e)}>
      <Stack>
        <ProblemAlert error={left} />
        <Section title={t("settings.agency_data")}>
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
            <TextInput label={t("settings.agency_name")} withAsterisk disabled={!editable} error={errors.name?.message} {...form.register("name")} />
            <TextInput label={t("network.city")} disabled={!editable} error={errors.city?.message} {...form.register("city")} />
            <TextInput label={t("subjects.vat_number")} disabled={!editable} error={errors.vat_number?.message} {...form.register("vat_number")} />
          </SimpleGrid>
        </Section>
      </Stack>
      <SaveBar dirty={isDirty && editable} pending={save.isPending} onReset={() => form.reset(start)} />
    </form>
  );
}
