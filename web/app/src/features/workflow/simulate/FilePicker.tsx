import { Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { someFilesQuery } from "~/features/pipeline/files";

type Props = { chosen: string | null; placeholder?: string; onPick: (application: string | null) => void };

/** A real file, found by its number or title; the last changed ones to begin with. */
export function FilePicker({ chosen, placeholder, onPick }: Props) {
  const { t } = useTranslation();
  const [words, setWords] = useState("");
  const [label, setLabel] = useState<string | null>(null);
  const [asked] = useDebouncedValue(words.trim(), 200);
  const q = asked !== "" && asked !== label ? asked : undefined;
  const files = useQuery({ ...someFilesQuery({ q }, 20), placeholderData: keepPreviousData });
  const found = (files.data ?? []).map((f) => ({ value: f.id, label: `${f.number} · ${f.title || t("application.untitled")}` }));
  const data = chosen && label && !found.some((f) => f.value === chosen) ? [{ value: chosen, label }, ...found] : found;
  return (
    <Select
      label={t("simulate.file")}
      placeholder={placeholder ?? t("simulate.no_file")}
      data={data}
      value={chosen}
      onChange={(id, option) => {
        setLabel(option?.label ?? null);
        onPick(id);
      }}
      searchable
      searchValue={words}
      onSearchChange={setWords}
      filter={({ options }) => options} // the server has looked
      nothingFoundMessage={t("simulate.no_match")}
      clearable
      clearButtonProps={{ "aria-label": t("simulate.clear") }}
    />
  );
}
