import { Document, DocumentArray, Executor, requests } from 'sluice'

/** Cuts chapters into paragraphs, without the very short ones; a text of one paragraph and a question pass as they are. */
export default class Split extends Executor {
  @requests('/index')
  split(chapters: DocumentArray): DocumentArray {
    const paragraphs = new DocumentArray()
    for (const chapter of chapters) {
      const texts = chapter.text.split(/\n\s*\n/).map((text) => text.replaceAll(/\s+/g, ' ').trim())
      for (const text of texts.length === 1 ? texts : texts.filter((text) => text.length > 80)) {
        paragraphs.push(new Document({ text, tags: { ...chapter.tags, paragraph: paragraphs.length } }))
      }
    }
    return paragraphs
  }
}
