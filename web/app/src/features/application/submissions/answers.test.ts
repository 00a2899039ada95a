import { expect, test } from "vitest";
import type { Application } from "~/api/types";
import type { Doc } from "../types";
import { candidates, ownerFor } from "./answers";

const doc = (id: string, kind: string, state: Doc["state"], created_at: string) => ({ id, kind, state, created_at }) as Doc;

test("what can be sent: of the kind asked for first, the newest before", () => {
  const list = [doc("a", "mandate", "accepted", "2"), doc("b", "payslip", "uploaded", "1"), doc("c", "payslip", "accepted", "3"), doc("d", "payslip", "rejected", "4"), doc("e", "payslip", "requested", "5")];
  expect(candidates(list, "payslip").map((d) => d.id)).toEqual(["c", "b", "a"]);
});

test("a new paper is the applicant's, the property's or the file's by its kind", () => {
  const file = {
    parties: [
      { subject_id: "sub_2", role_type: "guarantor" },
      { subject_id: "sub_1", role_type: "applicant" },
    ],
    properties: [{ property_id: "prp_1" }],
  } as unknown as Application;
  expect(["payslip", "appraisal", "mandate"].map((kind) => ownerFor(file, kind))).toEqual(["sub_1", "prp_1", ""]);
});
