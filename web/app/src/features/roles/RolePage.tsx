import { Badge, Box, Button, Group, Select, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import { meKey } from "~/api/keys";
import { ProblemError } from "~/api/problem";
import type { Role, Rule } from "~/api/types";
import { useSend } from "~/api/useSend";
import { Nothing } from "~/app/fallbacks";
import { useSession } from "~/app/session";
import { rolesQuery } from "~/features/members/members";
import { Confirm } from "~/ui/Confirm";
import { showAtFields } from "~/ui/form";
import { useLanguage } from "~/ui/language";
import { TextLink } from "~/ui/links";
import { PageHeader } from "~/ui/PageHeader";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { problemSentence } from "~/ui/problemWords";
import { QueryView } from "~/ui/QueryView";
import { SaveBar } from "~/ui/SaveBar";
import { Section } from "~/ui/Section";
import { useFollow } from "~/ui/useFollow";
import { RuleList } from "./RuleList";
import { parentsOf } from "./rules";

/** One role: of an own one all it is, of the platform's the rules the agency adds to it. */
export function RolePage() {
  const { key } = useParams({ from: "/inside/settings/roles/$key" });
  const roles = useQuery(rolesQuery);
  return (
    <QueryView query={roles}>
      {(list) => {
        const role = list.find((r) => r.key === key);
        return role ? <Editor key={key} role={role} roles={list} /> : <Nothing />;
      }}
    </QueryView>
  );
}

type Values = { it: string; en: string; parent: string; rules: Rule[] };

const valuesOf = (r: Role): Values => ({ it: r.title.it, en: r.title.en, parent: r.parent, rules: (r.rules ?? []).map(({ action, effect, when }) => ({ action, effect, ...(when && { when }) })) });

/** Where in the form the server's pointers lead. */
const known = (path: string) => path === "parent" || path === "it" || /^rules/.test(path);

function Editor({ role, roles }: { role: Role; roles: Role[] }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const { can } = useSession();
  const client = useQueryClient();
  const [left, setLeft] = useState<unknown>(null);
  const start = useMemo(() => valuesOf(role), [role]);
  const form = useForm<Values>({ defaultValues: start });
  const { errors, isDirty } = form.formState;
  useFollow(form, start);
  const rules = form.watch("rules");
  const editable = can("roles.write");
  const save = useSend<Values, Role>({
    send: (v) =>
      take(
        api.PUT("/api/v1/roles/{key}", {
          params: { path: { key: role.key }, header: ifMatch(role.version) },
          body: role.own ? { title: { it: v.it.trim(), en: v.en.trim() }, parent: v.parent, rules: v.rules } : { rules: v.rules },
        }),
      ),
    touches: ["roles"],
    onDone: (saved) => {
      client.setQueryData(rolesQuery.queryKey, (list) => list?.map((r) => (r.key === saved.key ? saved : r)));
      form.reset(valuesOf(saved));
      setLeft(null);
      void client.invalidateQueries({ queryKey: meKey }); // one's own permissions may be others now
      notifications.show({ color: "moss", message: t("form.saved") });
    },
  });
  const submit = form.handleSubmit((values) => {
    form.clearErrors();
    save.mutate(values, {
      onError: (error) => {
        if (error.stale) void client.invalidateQueries({ queryKey: rolesQuery.queryKey });
        setLeft(error.stale ? null : showAtFields(atForm(error), form.setError, known));
      },
    });
  });
  const title = say(role.title) || role.key;
  return (
    <form noValidate onSubmit={(e) => void submit(e)}>
      <PageHeader
        over={<TextLink to="/settings/roles">{t("settings.roles")}</TextLink>}
        title={title}
        hint={role.own ? t("roles.own_hint") : t("roles.platform_hint")}
        actions={
          <>
            <Badge color={role.own ? "ochre" : "gray"}>{role.own ? t("roles.own") : t("roles.platform")}</Badge>
            {editable && (role.own || (role.rules?.length ?? 0) > 0) && <Remove role={role} title={title} />}
          </>
        }
      />
      <Stack maw={980}>
        <ProblemAlert error={left} />
        {role.own && (
          <Section title={t("roles.role")}>
            <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm">
              <TextInput label={t("roles.title_it")} withAsterisk lang="it" maxLength={100} disabled={!editable} error={errors.it?.message} {...form.register("it", { validate: (v) => v.trim() !== "" || t("form.required") })} />
              <TextInput label={t("roles.title_en")} withAsterisk lang="en" maxLength={100} disabled={!editable} error={errors.en?.message} {...form.register("en", { validate: (v) => v.trim() !== "" || t("form.required") })} />
              <Select
                label={t("roles.parent")}
                description={t("roles.parent_hint")}
                inputWrapperOrder={["label", "input", "description", "error"]}
                disabled={!editable}
                data={[{ value: "", label: t("roles.parent_none") }, ...parentsOf(roles, role.key).map((r) => ({ value: r.key, label: say(r.title) }))]}
                value={form.watch("parent")}
                allowDeselect={false}
                error={errors.parent?.message}
                onChange={(v) => form.setValue("parent", v ?? "", { shouldDirty: true })}
              />
            </SimpleGrid>
          </Section>
        )}
        {errors.rules?.message && (
          <Box role="alert" c="var(--mantine-color-error)">
            {errors.rules.message}
          </Box>
        )}
        <RuleList
          role={role}
          rules={rules}
          editable={editable}
          problems={rules.map((_, i) => errors.rules?.[i]?.action?.message ?? errors.rules?.[i]?.when?.message ?? errors.rules?.[i]?.message)}
          onChange={(next) => {
            form.clearErrors("rules");
            form.setValue("rules", next, { shouldDirty: true });
          }}
        />
      </Stack>
      <SaveBar
        dirty={isDirty && editable}
        pending={save.isPending}
        onReset={() => {
          form.reset(start);
          setLeft(null);
        }}
      />
    </form>
  );
}

/** The server's pointers as this form's fields; a refusal that names none and is about rules stands above them. */
function atForm(error: ProblemError): ProblemError {
  const sentence = problemSentence(error);
  const place = (pointer: string) => (pointer === "/title" ? "/it" : pointer);
  const fields = error.fields.map((f) => ({ pointer: place(f.pointer), message: error.code === "role.beyond" ? sentence : f.message }));
  if (fields.length === 0 && error.code === "member.last_admin") fields.push({ pointer: "/rules", message: sentence });
  return new ProblemError({ ...error.problem, errors: fields }, error.retryAfter);
}

function Remove({ role, title }: { role: Role; title: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const remove = useSend({
    send: () => take(api.DELETE("/api/v1/roles/{key}", { params: { path: { key: role.key }, header: ifMatch(role.version) } })),
    touches: ["roles"],
    onDone: () => {
      setAsking(false);
      void client.invalidateQueries({ queryKey: meKey });
      if (role.own) void navigate({ to: "/settings/roles", ignoreBlocker: true });
    },
  });
  const action = role.own ? t("roles.delete") : t("roles.reset");
  return (
    <Group>
      <Button variant="subtle" color="brick" onClick={() => setAsking(true)}>
        {action}
      </Button>
      {asking && (
        <Confirm opened danger onClose={() => setAsking(false)} title={t("roles.delete_of", { title })} action={action} pending={remove.isPending} error={remove.error} onConfirm={() => remove.mutate(undefined)}>
          <Text>{role.own ? t("roles.delete_hint") : t("roles.reset_hint")}</Text>
        </Confirm>
      )}
    </Group>
  );
}
