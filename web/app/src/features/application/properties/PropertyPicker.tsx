import { Select, type SelectProps } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";

type Props = Omit<SelectProps, "data" | "value" | "onChange"> & { value: string | null; onChange: (id: string | null) => void };

/** Finds a property of the agency by its address. */
export function PropertyPicker({ value, onChange, ...rest }: Props) {
  const { t } = useTranslation();
  const [words, setWords] = useState("");
  const [asked] = useDebouncedValue(words.trim(), 200);
  const found = useQuery({
    queryKey: keys.list("properties", "some", asked),
    queryFn: async () => (await take(api.GET("/api/v1/properties", { params: { query: { q: asked || undefined, limit: 20 } } }))).items ?? [],
    placeholderData: keepPreviousData,
  });
  const [chosen, setChosen] = useState<{ value: string; label: string } | null>(null);
  const options = (found.data ?? []).map((p) => ({ value: p.id, label: p.address_line }));
  return (
    <Select
      searchable
      clearable
      nothingFoundMessage={found.isFetching ? t("common.loading") : t("properties.none_found")}
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
