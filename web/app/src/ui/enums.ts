import { useTranslation } from "react-i18next";

/** The closed lists of the trade; their words are under `enum.<list>.<value>`. */
export const enums = {
  purpose: ["first_home", "second_home", "refinance_transfer", "refinance_replace", "renovation", "liquidity", "consolidation"],
  product: ["mortgage", "land_mortgage", "personal_loan", "salary_backed", "delegation"],
  rate: ["fixed", "variable", "mixed"],
  party: ["applicant", "co_applicant", "guarantor", "third_party_mortgagor", "seller", "beneficial_owner", "executor"],
} as const;

type Lists = typeof enums;
export type EnumName = keyof Lists;

/** A list's choices in the reader's language, for a Select. */
export function useOptions<N extends EnumName>(name: N): { value: Lists[N][number]; label: string }[] {
  const { t } = useTranslation();
  return enums[name].map((value) => ({ value, label: t(`enum.${name}.${value}`) }));
}

/** The word for one value. */
export function useEnumWord() {
  const { t } = useTranslation();
  return (name: EnumName, value: string) => t(`enum.${name}.${value}`, { defaultValue: value });
}
