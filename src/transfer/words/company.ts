// The headers under which products export companies.

import type { Vocabulary } from '../vocabulary.ts'

const list = (words: string) => words.trim().split(/\s+/)

export const companyWords: Vocabulary = {
  name: list(
    'name companyname accountname organizationname organisationname company organization organisation account legalname firmenname firma unternehmen nomdelasociete societe entreprise nombredelaempresa empresa azienda ragionesociale bedrijfsnaam bedrijf 会社名',
  ),
  domain: list(
    'domain domains companydomainname companydomain domainname websiteurl website companywebsite organizationwebsite webpage web url homepage webseite siteweb paginaweb sitoweb',
  ),
  external_id: list('recordid companyid accountid organizationid externalid casesafeid uid id'),
  stage: list('stage lifecyclestage accountstatus companystage status'),
  owner: list('owner companyowner accountowner organizationowner ownername hubspotowner assignedto besitzer'),
  tags: list('tags tag labels label organizationlabels organizationlabel categories category kategorien'),
  notes: list('notes note description accountdescription aboutus about comments notizen notas remarques'),
  custom: ['custom'],
}
