import { Combobox, Kbd, Loader, Text, TextInput, useCombobox } from "@mantine/core";
import { useDebouncedValue, useHotkeys } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";

const pages = { application: "/applications/$id", subject: "/subjects/$id", property: "/properties/$id" } as const;
const nouns = ["application", "subject", "property"] as const;

/** People, properties and files by what anybody knows of them. Ctrl-K from everywhere. */
export function SearchBox() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const input = useRef<HTMLInputElement>(null);
  const [words, setWords] = useState("");
  const [asked] = useDebouncedValue(words.trim(), 180);
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  useHotkeys([["mod+K", () => input.current?.focus()]], []);
  const found = useQuery({
    queryKey: ["search", asked],
    queryFn: ({ signal }) => take(api.GET("/api/v1/search", { params: { query: { q: asked } }, signal })),
    enabled: asked.length >= 2,
    placeholderData: keepPreviousData,
  });
  const hits = asked.length >= 2 ? (found.data?.items ?? []) : [];
  const first = hits[0]?.id;
  useEffect(() => {
    if (first) combobox.selectFirstOption(); // Enter opens the best hit
  }, [first]); // the store is another object on each render; only new hits matter
  const open = (value: string) => {
    const hit = hits.find((h) => h.id === value);
    if (!hit) return;
    combobox.closeDropdown();
    setWords("");
    input.current?.blur();
    void navigate({ to: pages[hit.noun], params: { id: hit.id } });
  };
  return (
    <Combobox store={combobox} onOptionSubmit={open} width={440} position="bottom-start">
      <Combobox.Target>
        <TextInput
          ref={input}
          type="search"
          w="100%"
          maw={440}
          aria-label={t("search.label")}
          placeholder={t("search.placeholder")}
          leftSection={found.isFetching ? <Loader size={14} /> : <IconSearch size={16} aria-hidden />}
          rightSection={<Kbd visibleFrom="md" size="xs" aria-hidden style={{ whiteSpace: "nowrap", marginRight: 34 }}>Ctrl K</Kbd>}
          value={words}
          onChange={(e) => {
            setWords(e.currentTarget.value);
            combobox.openDropdown();
          }}
          onFocus={() => words.trim().length >= 2 && combobox.openDropdown()}
          onBlur={() => combobox.closeDropdown()}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={asked.length < 2}>
        <Combobox.Options mah={420} style={{ overflowY: "auto" }} aria-label={t("search.results")}>
          {found.isSuccess && hits.length === 0 && <Combobox.Empty>{t("search.nothing", { words: asked })}</Combobox.Empty>}
          {found.isError && <Combobox.Empty>{t("search.failed")}</Combobox.Empty>}
          {nouns.map((noun) => {
            const of = hits.filter((h) => h.noun === noun);
            return of.length === 0 ? null : (
              <Combobox.Group key={noun} label={t(`search.${noun}`)}>
                {of.map((h) => (
                  <Combobox.Option key={h.id} value={h.id}>
                    <Text size="sm" fw={600}>
                      {h.title}
                    </Text>
                    <Text size="xs" c="dimmed">
                      {h.hint}
                    </Text>
                  </Combobox.Option>
                ))}
              </Combobox.Group>
            );
          })}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
