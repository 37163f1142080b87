// Checks what the compiler can't: that the names inside the declarations fit together. Runs once, when they load.

import type { Resource } from './resources.ts'
import { referencesOf } from './resources.ts'

/** Throws with a sentence where a declaration names something that does not exist. */
export function checkResources(resources: readonly Resource[]): void {
  const names = new Set(resources.map((resource) => resource.name))
  const taken = new Set<string>()
  for (const resource of resources) {
    for (const word of [resource.name, resource.plural, `${resource.prefix}_`]) {
      if (taken.has(word)) throw new Error(`Two resources are called ${word}.`)
      taken.add(word)
    }
    for (const field of [resource.title, resource.newest, ...resource.needs.flat()]) {
      if (!resource.fields[field]) throw new Error(`${resource.name} names a field ${field} that it does not have.`)
    }
    for (const { field, to } of referencesOf(resource)) {
      if (!names.has(to)) throw new Error(`${resource.name}.${field} refers to ${to}, which is not declared.`)
    }
    for (const [field, { unique, kind }] of Object.entries(resource.fields)) {
      if (unique && !kind.shadow) throw new Error(`${resource.name}.${field} is unique but has no normal form.`)
    }
  }
}
