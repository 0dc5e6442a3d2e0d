// The names of an element in both languages.
import { getBusinessObject } from 'bpmn-js/lib/util/ModelUtil';
import { OTHER_NAME, otherName } from '../titles.js';
import { entry } from './entries.jsx';

export const OTHER = entry('text', 'flow-other-name', OTHER_NAME === 'name_zh' ? 'Name in Chinese' : 'Name in English', {
  read: (element) => otherName(getBusinessObject(element)) ?? '',
  write: (change, value) => change.settings({ [OTHER_NAME]: value }),
});
