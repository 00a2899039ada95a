import { Box, Button, Group, Text, Textarea } from "@mantine/core";
import { IconNote } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSession } from "~/app/session";
import { Ago } from "~/ui/DateText";
import { EmptyState } from "~/ui/EmptyState";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { useFile } from "../FileContext";
import classes from "../file.module.css";
import { notesQuery } from "../queries";
import { useChange } from "../useChange";

/** What people wrote about the file, the newest first. */
export function NotesSection() {
  const { t } = useTranslation();
  const { can } = useSession();
  const { file } = useFile();
  const notes = useQuery(notesQuery(file.id));
  return (
    <Section title={t("application.notes.title")} count={notes.data?.length} flush>
      {can("applications.write") && <NewNote />}
      <QueryView query={notes}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState compact icon={IconNote} title={t("application.notes.none")} />
          ) : (
            <ul className={classes.list} style={{ maxHeight: 420, overflowY: "auto" }} tabIndex={0} aria-label={t("application.notes.title")}>
              {list.map((n) => (
                <Box component="li" key={n.id} px="md" py={10} style={{ borderTop: "1px solid var(--line)" }}>
                  <Text style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{n.text}</Text>
                  <Text size="xs" c="dimmed">
                    {n.author.name || t("application.machine")} · <Ago at={n.created_at} />
                  </Text>
                </Box>
              ))}
            </ul>
          )
        }
      </QueryView>
    </Section>
  );
}

function NewNote() {
  const { t } = useTranslation();
  const { file } = useFile();
  const [text, setText] = useState("");
  const add = useChange({
    send: (body: { text: string }, once) => take(api.POST("/api/v1/applications/{id}/notes", { params: { path: { id: file.id }, header: { ...once(body) } }, body })),
    touches: ["notes"],
    onDone: () => setText(""),
  });
  const send = () => text.trim() && add.run({ text: text.trim() });
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        send();
      }}
    >
      <Box p="sm" px="md">
        <Textarea
          aria-label={t("application.notes.new")}
          placeholder={t("application.notes.new")}
          autosize
          minRows={1}
          maxRows={8}
          maxLength={10_000}
          value={text}
          onChange={(e) => setText(e.currentTarget.value)}
          onKeyDown={(e) => {
            if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) send();
          }}
        />
        {text.trim() && (
          <Group justify="flex-end" mt={8}>
            <Button type="submit" size="compact-sm" loading={add.pending}>
              {t("application.notes.add")}
            </Button>
          </Group>
        )}
        <ProblemAlert error={add.error} />
      </Box>
    </form>
  );
}
