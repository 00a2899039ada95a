import { Group, Stack, Text } from "@mantine/core";
import { IconFolderOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { boardQuery } from "~/features/pipeline/files";
import { EmptyState } from "~/ui/EmptyState";
import { useLanguage } from "~/ui/language";
import { TextLink } from "~/ui/links";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { subjectFilesQuery } from "./subjects";

/** The files this person takes part in. */
export function SubjectFiles({ id }: { id: string }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const files = useQuery(subjectFilesQuery(id));
  const board = useQuery(boardQuery); // knows the titles of states
  const title = (state: string) => {
    const column = board.data?.columns?.find((c) => c.state === state);
    return column ? say(column.title) : state.replace(/_/g, " ");
  };
  return (
    <Section title={t("subjects.files")} count={files.data?.length} flush>
      <QueryView query={files}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState compact icon={IconFolderOff} title={t("subjects.no_files")} />
          ) : (
            <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: "none" }}>
              {list.map((f) => (
                <Group key={f.id} component="li" justify="space-between" px="md" py={8} className="ruled">
                  <TextLink to="/applications/$id" params={{ id: f.id }} fw={600}>
                    {f.number}
                  </TextLink>
                  <Text size="sm" c="dimmed">
                    {title(f.state)}
                  </Text>
                </Group>
              ))}
            </Stack>
          )
        }
      </QueryView>
    </Section>
  );
}
