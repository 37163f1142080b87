// The headers under which products export companies.

import { headerKeys } from '../header-key.ts'
import type { Vocabulary } from '../vocabulary.ts'

export const companyWords: Vocabulary = {
  name: headerKeys(
    'name companyname accountname organizationname organisationname company organization organisation account legalname firmenname firma unternehmen nomdelasociete societe entreprise nombredelaempresa empresa azienda ragionesociale bedrijfsnaam bedrijf 会社名',
  ),
  domain: headerKeys(
    'domain domains companydomainname companydomain domainname websiteurl website companywebsite organizationwebsite webpage web url homepage webseite siteweb paginaweb sitoweb',
  ),
  external_id: headerKeys('recordid companyid accountid organizationid externalid casesafeid uid id'),
  stage: headerKeys('stage lifecyclestage accountstatus companystage status'),
  owner: headerKeys('owner companyowner accountowner organizationowner ownername hubspotowner assignedto besitzer'),
  tags: headerKeys('tags tag labels label organizationlabels organizationlabel categories category kategorien'),
  notes: headerKeys('notes note description accountdescription aboutus about comments notizen notas remarques'),
  custom: ['custom'],
}
