import { Select, type SelectProps } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { subjectsQuery } from "./subjects";

type Props = Omit<SelectProps, "data" | "value" | "onChange"> & { value: string | null; onChange: (id: string | null) => void };

/** Finds a person or company of the agency by name, tax code or VAT number. */
export function SubjectPicker({ value, onChange, ...rest }: Props) {
  const { t } = useTranslation();
  const [words, setWords] = useState("");
  const [asked] = useDebouncedValue(words.trim(), 200);
  const found = useQuery({ ...subjectsQuery(asked, 20), placeholderData: keepPreviousData });
  const [chosen, setChosen] = useState<{ value: string; label: string } | null>(null);
  const options = (found.data ?? []).map((s) => ({ value: s.id, label: [s.display_name, s.tax_code ?? s.vat_number].filter(Boolean).join(" · ") }));
  return (
    <Select
      searchable
      clearable
      openOnFocus={false}
      nothingFoundMessage={found.isFetching ? t("common.loading") : t("subjects.none_found")}
      filter={({ options: all }) => all} // the server has already searched
      {...rest}
      data={chosen && !options.some((o) => o.value === chosen.value) ? [chosen, ...options] : options}
      value={value}
      onSearchChange={(text) => setWords(text === chosen?.label ? "" : text)}
      onChange={(id) => {
        setChosen(options.find((o) => o.value === id) ?? null);
        onChange(id);
      }}
    />
  );
}
