import { zodResolver } from "@hookform/resolvers/zod";
import { Select, SimpleGrid, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { Controller, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { api, take } from "~/api/client";
import type { Role } from "~/api/types";
import { useSend } from "~/api/useSend";
import { rolesQuery } from "~/features/members/members";
import { FormDialog } from "~/ui/FormDialog";
import { showAtFields } from "~/ui/form";
import { useLanguage } from "~/ui/language";
import { roleKeyOf } from "./rules";

/** Makes an own role, without rules yet, and leads to it. */
export function NewRoleDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { language, say } = useLanguage();
  const navigate = useNavigate();
  const roles = useQuery(rolesQuery);
  const [left, setLeft] = useState<unknown>(null);
  const [named, setNamed] = useState(false); // the key was typed by hand
  const needed = z.string().trim().min(1, t("form.required")).max(100);
  const shape = z.object({ it: needed, en: needed, key: z.string().regex(/^[a-z][a-z0-9_]{1,39}$/, t("roles.key_form")), parent: z.string() });
  type Values = z.infer<typeof shape>;
  const form = useForm<Values>({ defaultValues: { it: "", en: "", key: "", parent: "" }, resolver: zodResolver(shape) });
  const { errors } = form.formState;
  const make = useSend<Values, Role>({
    send: ({ it, en, key, parent }, once) => {
      const body = { key, title: { it: it.trim(), en: en.trim() }, parent, rules: [] };
      return take(api.POST("/api/v1/roles", { params: { header: once(body) }, body }));
    },
    touches: ["roles"],
    onDone: (role) => void navigate({ to: "/settings/roles/$key", params: { key: role.key } }),
  });
  const submit = form.handleSubmit((values) =>
    make.mutate(values, {
      onError: (error) => {
        if (error.code === "role.exists") form.setError("key", { message: t("problem.code.role_exists") }, { shouldFocus: true });
        else if (error.code === "role.beyond") form.setError("parent", { message: t("problem.code.role_beyond") });
        setLeft(["role.exists", "role.beyond"].includes(error.code) ? null : showAtFields(error, form.setError, (path) => path in values));
      },
    }),
  );
  const title = (name: "it" | "en") =>
    form.register(name, { onChange: (e: React.ChangeEvent<HTMLInputElement>) => !named && name === language && form.setValue("key", roleKeyOf(e.currentTarget.value)) });
  return (
    <FormDialog opened onClose={onClose} title={t("roles.new")} action={t("roles.make")} pending={make.isPending} error={left} onSubmit={() => void submit()}>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <TextInput label={t("roles.title_it")} withAsterisk lang="it" data-autofocus={language === "it"} error={errors.it?.message} {...title("it")} />
        <TextInput label={t("roles.title_en")} withAsterisk lang="en" data-autofocus={language === "en"} error={errors.en?.message} {...title("en")} />
      </SimpleGrid>
      <TextInput label={t("roles.key")} description={t("roles.key_hint")} withAsterisk error={errors.key?.message} {...form.register("key", { onChange: () => setNamed(true) })} />
      <Controller
        control={form.control}
        name="parent"
        render={({ field }) => (
          <Select
            label={t("roles.parent")}
            description={t("roles.parent_hint")}
            allowDeselect={false}
            data={[{ value: "", label: t("roles.parent_none") }, ...(roles.data ?? []).map((r) => ({ value: r.key, label: say(r.title) }))]}
            error={errors.parent?.message}
            {...field}
          />
        )}
      />
    </FormDialog>
  );
}
