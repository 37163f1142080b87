// The headers under which products export people, as headerKey writes them; the best first, where a row has several.

import type { Vocabulary } from '../vocabulary.ts'

const list = (words: string) => words.trim().split(/\s+/)

export const contactWords: Vocabulary = {
  name: list(
    'fullname displayname contactname personname leadname name contact nombrecompleto nomcomplet vollstandigername nomecompleto volledigenaam naam nom 氏名 姓名 名前',
  ),
  first_name: list(
    'firstname givenname forename contactfirstname leadfirstname first vorname prenom nombre nome primonome voornaam imie fornamn 名',
  ),
  middle_name: list(
    'middlename additionalname weiterevornamen weiterervorname zweitervorname deuxiemeprenom autreprenom segundonombre secondonome nomedomeio',
  ),
  last_name: list(
    'lastname surname familyname contactlastname leadlastname last nachname familienname nomdefamille apellido apellidos cognome sobrenome apelido achternaam nazwisko efternamn 姓',
  ),
  email: [
    ...list(
      'email emailaddress emailadresse primaryemail emailwork workemail businessemail contactemail emails emailid',
    ),
    ...list(
      'adressedemessagerie adresseemail adressemail courriel correoelectronico direcciondecorreoelectronico correo',
    ),
    ...list(
      'direcciondeemail indirizzoemail indirizzodipostaelettronica postaelettronica enderecodeemail emailadres mail',
    ),
    /^(?:e?mail|emailaddress|emailadresse|adressedemessagerie|adresseemail|direcciondecorreoelectronico|correoelectronico)\d$/,
    /^email\d+(?:value|address|adresse|adresses)$/,
    ...list('emailhome homeemail personalemail privateemail emailother otheremail secondaryemail additionalemail'),
    ...list('additionalemailaddresses emailpersonal メールアドレス'),
  ],
  phone: [
    ...list('phone phonenumber telephone telephonenumber tel primaryphone mainphone phonework phonemobile'),
    ...list('mobilephone mobilephonenumber mobile mobilenumber cellphone cell contactphone handy'),
    /^phone\d+(?:value|number)?$/,
    ...list(
      'businessphone businessphone2 workphone officephone companymainphone companyphone directphone phonehome homephone',
    ),
    ...list('homephone2 otherphone phoneother asstphone carphone'),
    ...list(
      'mobiltelefon telefonmobil telefongeschaftlich telefongeschaftlich2 telefonfirma telefonprivat telefonprivat2 telefon',
    ),
    ...list(
      'haupttelefon weiterestelefon telefonnummer telmobile telephonemobile telephoneportable portable telephonebureau',
    ),
    ...list(
      'telephonebureau2 telephonedomicile telephonesociete telephoneprincipal telefonomovil movil telefonodeltrabajo',
    ),
    ...list(
      'telefonotrabajo trabajotelefono telefonoparticular particulartelefono telefono telefonoprincipal cellulare telefonoufficio',
    ),
    ...list(
      'telefonoabitazione telemovel celular telefone telefonecomercial mobieletelefoon telefoonwerk telefoon 電話番号 携帯電話',
    ),
  ],
  title: list(
    'jobtitle organizationtitle organization1title personjobtitle contacttitle position jobposition currentposition role title berufsbezeichnung funktion stellung fonction poste puesto cargo posizione qualifica functie functietitel funcao 役職',
  ),
  'company.name': list(
    'company companyname organization organizationname organisation organization1name accountname account associatedcompany associatedcompanyname primaryassociatedcompany primarycompany employer currentcompany firma firmenname unternehmen societe entreprise empresa compania organizacion azienda societa ditta bedrijf organisatie business org 会社名 会社',
  ),
  'company.domain': list(
    'companydomain companydomainname emaildomain domain companywebsite organizationwebsite businesswebsite accountwebsite companyurl websiteurl website webpage website1value webseite pageweb siteweb paginaweb sitoweb homepage',
  ),
  'company.id': list(
    'associatedcompanyids associatedcompanyid primaryassociatedcompanyid associatedcompanyidsprimary accountid organizationid companyid companyrecordid',
  ),
  external_id: list(
    'recordid contactid personid leadid externalid casesafeid casesafecontactid contactrecordid uid id url profileurl linkedin linkedinurl linkedinprofile linkedinprofileurl personlinkedinurl',
  ),
  stage: list('stage lifecyclestage contactstage leadstage leadstatus contactstatus status'),
  owner: list(
    'owner contactowner personowner leadowner hubspotowner contactownername ownername assignedto salesrep besitzer responsable propietario',
  ),
  tags: list(
    'tags tag labels label personlabels personlabel groupmembership categories category kategorien kategorie categorias etiquetas etiquettes groups',
  ),
  notes: list(
    'notes note comments comment description contactdescription notizen bemerkungen anmerkungen remarques commentaires notas observaciones note opmerkingen remarks メモ',
  ),
  follow_up_at: list('followupat followupdate followup nextfollowup nextfollowupdate'),
  follow_up_note: list('followupnote'),
  custom: ['custom'],
}
