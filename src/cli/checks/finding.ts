// What `crmkit doctor` finds: a state, a sentence, and what to do about it.

export interface Finding {
  readonly check: string
  /** `note` is for something to know that is no fault. */
  readonly state: 'ok' | 'note' | 'fault'
  readonly says: string
  readonly todo?: string
}

/** Findings of one check, under its name. */
export function findingsOf(check: string) {
  return {
    ok: (says: string): Finding => ({ check, state: 'ok', says }),
    note: (says: string, todo?: string): Finding => ({ check, state: 'note', says, todo }),
    fault: (says: string, todo: string): Finding => ({ check, state: 'fault', says, todo }),
  }
}
