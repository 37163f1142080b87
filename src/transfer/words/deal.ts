// The headers under which products export deals, opportunities, or whatever else they call what may be sold.

import type { Vocabulary } from '../vocabulary.ts'

const list = (words: string) => words.trim().split(/\s+/)

export const dealWords: Vocabulary = {
  title: list(
    'title dealname dealtitle opportunityname potentialname deal opportunity name subject titel titre titulo',
  ),
  amount_cents: ['amountcents'],
  amount: list(
    'amount dealvalue dealamount opportunityamount value betrag wert summe montant importe valor importo bedrag',
  ),
  currency: list(
    'currency dealcurrency dealcurrencyofvalue currencyofvalue amountcurrency opportunitycurrency currencycode currencyisocode dealcurrencycode wahrung devise moneda valuta moeda',
  ),
  stage: list('stage dealstage stagename opportunitystage pipelinestage salesstage phase etape etapa'),
  status: list('status dealstatus opportunitystatus estado statut'),
  is_won: list('iswon won isclosedwon'),
  is_closed: list('isclosed closed isdealclosed'),
  owner: list('owner dealowner opportunityowner ownername hubspotowner assignedto besitzer'),
  expected_close_at: list(
    'expectedcloseat expectedclosedate dealexpectedclosedate closedate closingdate dealclosedate expectedclose abschlussdatum datedecloture fechadecierre',
  ),
  closed_at: list(
    'closedat wontime losttime dealwontime deallosttime closedwondate closedlostdate actualclosedate closeddate dateclosed closedon dealcloseddate',
  ),
  'company.name': list(
    'companyname company associatedcompany associatedcompanyname associatedcompanies primaryassociatedcompany dealorganization dealorganizationname organization organizationname accountname account customer client firma societe empresa',
  ),
  'company.domain': list('companydomain companydomainname companywebsite organizationwebsite accountwebsite'),
  'company.id': list(
    'companyid associatedcompanyids associatedcompanyid primaryassociatedcompanyid associatedcompanyidsprimary accountid organizationid dealorganizationid',
  ),
  'contact.name': list(
    'contactname contact associatedcontact associatedcontacts dealcontactperson contactperson personname person primarycontact',
  ),
  'contact.email': [
    ...list('contactemail primarycontactemail associatedcontactemail email emailaddress'),
    /^(?:person|contactperson|dealcontactperson)email\w*$/,
  ],
  'contact.id': list(
    'contactid associatedcontactids associatedcontactid primarycontactid personid dealpersonid dealcontactpersonid contactpersonid',
  ),
  tags: list('tags tag labels label deallabels deallabel categories'),
  notes: list('notes note description dealdescription comments'),
  follow_up_at: list('followupat followupdate nextfollowup'),
  follow_up_note: list('followupnote'),
  external_id: list('recordid dealid opportunityid potentialid externalid casesafeid uid id'),
  custom: ['custom'],
}
