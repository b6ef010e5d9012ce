import { type DocumentArray, Executor, requests } from 'sluice'

/** Counts the words of texts. */
export class Count extends Executor {
  @requests('/count')
  count(docs: DocumentArray) {
    for (const doc of docs) doc.tags.words = doc.text.split(/\s+/).filter(Boolean).length
  }
}

/** Says whether texts are short or long. */
export class Judge extends Executor {
  @requests('/count')
  judge(docs: DocumentArray) {
    for (const doc of docs) doc.tags.length = Number(doc.tags.words) > 5 ? 'long' : 'short'
  }
}
