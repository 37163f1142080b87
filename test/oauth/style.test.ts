// The colours of the page, light and dark: text stands out by 4.5 to 1, edges by 3 to 1 (WCAG 2.2 §1.4.3 and §1.4.11).

import { expect, test } from 'vitest'
import { style } from '../../src/oauth/style.ts'

const [light, dark] = style
  .split('@media (prefers-color-scheme: dark)')
  .map(
    (part) =>
      new Map([...part.split('*,')[0]!.matchAll(/--([\w-]+): #([0-9a-f]{6})/g)].map(([, name, hex]) => [name, hex])),
  ) as [Map<string, string>, Map<string, string>]

const TEXT = [
  ['ink', 'sheet'],
  ['ink', 'ground'],
  ['ink', 'tint'],
  ['quiet', 'sheet'],
  ['quiet', 'ground'],
  ['quiet', 'tint'],
  ['accent', 'sheet'],
  ['accent', 'ground'],
  ['on-accent', 'accent'],
  ['on-accent', 'accent-over'],
  ['alarm', 'alarm-tint'],
  ['care', 'care-tint'],
]
const EDGES = [
  ['edge', 'sheet'],
  ['alarm', 'sheet'],
  ['accent', 'sheet'],
]

test.each([
  ['light', light],
  ['dark', dark],
])('%s', (_, colours) => {
  const contrast = ([one, other]: string[]) => ratio(colours.get(one!)!, colours.get(other!)!)
  for (const pair of TEXT) expect(contrast(pair), pair.join(' on ')).toBeGreaterThanOrEqual(4.5)
  for (const pair of EDGES) expect(contrast(pair), pair.join(' on ')).toBeGreaterThanOrEqual(3)
})

function ratio(one: string, other: string): number {
  const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number]
  return (lighter + 0.05) / (darker + 0.05)
}

function luminance(hex: string): number {
  const [red, green, blue] = hex.match(/../g)!.map((part) => {
    const value = Number.parseInt(part, 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
