import { z } from 'zod'

/** Says why a value is refused: pydantic's name of the mistake, and a sentence. */
export type Refuse = (type: string, message: string) => void

/** A schema of something that JSON has no word for: what makes it of a given value, and how it is described. */
export function custom<Output, Input>(
  described: Record<string, unknown>,
  read: (value: unknown, refuse: Refuse) => Output | undefined,
): z.ZodType<Output, Input> {
  return z
    .custom<Input>()
    .transform((value, context): Output => {
      let refused = false
      const refuse: Refuse = (type, message) => {
        refused = true
        context.issues.push({ code: 'custom', input: value, message, params: { type } })
      }
      const made = read(value, refuse)
      return refused || made === undefined ? z.NEVER : made
    })
    .meta(described) as z.ZodType<Output, Input>
}
