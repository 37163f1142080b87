// The names and id prefixes of the nouns, apart from their declarations so that these can refer to each other.

export const CONTACT = { name: 'contact', prefix: 'c' } as const
export const COMPANY = { name: 'company', prefix: 'co' } as const
export const DEAL = { name: 'deal', prefix: 'd' } as const
export const ACTIVITY = { name: 'activity', prefix: 'a' } as const
