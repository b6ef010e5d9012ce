import { type Context, Document, DocumentArray, Executor, requests } from '../../../executors/index.ts'
import { Raised } from '../raised.ts'

// The executors of ../shared/interop/jina1/CONTRACT.md.

function stamp(docs: DocumentArray, name: string, { parameters }: Context): void {
  for (const doc of docs) doc.tags[`params_${name}`] = { ...parameters }
}

export class Upper extends Executor {
  @requests(['/index', '/search'])
  upper(docs: DocumentArray): void {
    for (const doc of docs) {
      if (doc.text) {
        doc.tags.orig = doc.text
        doc.text = doc.text.toUpperCase()
      }
      doc.tags.upper = true
    }
  }

  @requests('/echo')
  echo(): void {}

  @requests('/slow')
  async slow(_docs: DocumentArray, { parameters, signal }: Context): Promise<void> {
    const { setTimeout } = await import('node:timers/promises')
    await setTimeout(Number(parameters.seconds ?? 0) * 1000, undefined, { signal })
  }

  @requests('/params')
  params(docs: DocumentArray, context: Context): void {
    stamp(docs, 'upper', context)
  }

  @requests('/results')
  results(docs: DocumentArray) {
    return { count: docs.length, who: 'upper' }
  }

  @requests('/create')
  create(docs: DocumentArray): void {
    docs.push(new Document({ id: 'created-1', text: 'created' }))
  }

  @requests('/replace')
  replace(docs: DocumentArray): DocumentArray {
    return new DocumentArray([new Document({ id: 'replaced', text: 'replaced', tags: { was: docs.length } })])
  }

  @requests('/fail_early')
  failEarly(): never {
    throw new Raised('RuntimeError', 'early', 42)
  }
}

export class Embed extends Executor {
  @requests(['/index', '/search'])
  embed(docs: DocumentArray): void {
    for (const doc of docs) {
      const text = String(doc.tags.orig || doc.text)
      if (text) doc.embedding = Float32Array.of([...text].length, text.codePointAt(0) ?? 0, 1, 0)
    }
  }

  @requests('/params')
  params(docs: DocumentArray, context: Context): void {
    stamp(docs, 'embed', context)
  }

  @requests('/results')
  results(docs: DocumentArray) {
    return { count: docs.length, who: 'embed' }
  }
}

export class Fail extends Executor {
  @requests('/fail')
  fail(): never {
    throw new Raised('ValueError', 'boom')
  }

  @requests('/params')
  params(docs: DocumentArray, context: Context): void {
    stamp(docs, 'fail', context)
  }
}
