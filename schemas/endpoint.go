package schemas

// Endpoint is one end of a session or segment (callRecords.endpoint with its
// subtypes participantEndpoint and serviceEndpoint). CallerEndpoint and
// CalleeEndpoint are the same fields as columns, and convert to and from it.
type Endpoint struct {
	Kind                                *string `graph:"@odata.type" doc:"kind of the endpoint: participant or service"`
	Name                                *string `graph:"name" doc:"name of the device"`
	CPUName                             *string `graph:"cpuName" doc:"model of the processor"`
	CPUCoresCount                       *int64  `graph:"cpuCoresCount" doc:"cores of the processor"`
	CPUProcessorSpeedInMhz              *int64  `graph:"cpuProcessorSpeedInMhz" unit:"MHz" doc:"clock of the processor"`
	AssociatedIdentityID                *string `graph:"associatedIdentity.id" doc:"id of the user behind the endpoint, else of the member of identity"`
	AssociatedIdentityDisplayName       *string `graph:"associatedIdentity.displayName" doc:"display name of that user"`
	AssociatedIdentityTenantID          *string `graph:"associatedIdentity.tenantId" doc:"home tenant of that user"`
	AssociatedIdentityUserPrincipalName *string `graph:"associatedIdentity.userPrincipalName" doc:"user principal name of that user"`
	Identity                            *string `graph:"identity" unit:"JSON" doc:"deprecated identity set of the endpoint, as sent"`
	IdentityKind                        *string `graph:"identity" doc:"member of identity that the next columns come from"`
	IdentityID                          *string `graph:"identity.*.id" doc:"id in that member"`
	IdentityDisplayName                 *string `graph:"identity.*.displayName" doc:"display name in that member"`
	IdentityTenantID                    *string `graph:"identity.*.tenantId" doc:"home tenant in that member"`
	IdentityUserPrincipalName           *string `graph:"identity.*.userPrincipalName" doc:"user principal name in that member"`
	UserAgentKind                       *string `graph:"userAgent.@odata.type" doc:"kind of the user agent: client or service"`
	UserAgentHeaderValue                *string `graph:"userAgent.headerValue" doc:"User-Agent header as sent by the software"`
	UserAgentApplicationVersion         *string `graph:"userAgent.applicationVersion" doc:"version of the software"`
	UserAgentAzureADAppID               *string `graph:"userAgent.azureADAppId" doc:"Entra application id of a client"`
	UserAgentCommunicationServiceID     *string `graph:"userAgent.communicationServiceId" doc:"Azure Communication Services resource of a client"`
	UserAgentPlatform                   *string `graph:"userAgent.platform" doc:"platform of a client: windows, macOS, iOS, android, web, ipPhone, roomSystem, …"`
	UserAgentProductFamily              *string `graph:"userAgent.productFamily" doc:"product of a client: teams, skypeForBusiness, lync, azureCommunicationServices, …"`
	UserAgentRole                       *string `graph:"userAgent.role" doc:"role of a service: gateway, mediaController, voicemail, …"`
	FeedbackRating                      *string `graph:"feedback.rating" doc:"rating by the user: notRated, bad, poor, fair, good, excellent"`
	FeedbackText                        *string `graph:"feedback.text" doc:"comment by the user"`
	FeedbackTokens                      *string `graph:"feedback.tokens" unit:"JSON" doc:"problems ticked by the user, by name"`
}

// CallerEndpoint is the endpoint of the caller.
type CallerEndpoint struct {
	Kind                                *string `parquet:"caller_kind,dict"`
	Name                                *string `parquet:"caller_name,dict"`
	CPUName                             *string `parquet:"caller_cpu_name,dict"`
	CPUCoresCount                       *int64  `parquet:"caller_cpu_cores_count"`
	CPUProcessorSpeedInMhz              *int64  `parquet:"caller_cpu_processor_speed_in_mhz"`
	AssociatedIdentityID                *string `parquet:"caller_associated_identity_id,dict"`
	AssociatedIdentityDisplayName       *string `parquet:"caller_associated_identity_display_name,dict"`
	AssociatedIdentityTenantID          *string `parquet:"caller_associated_identity_tenant_id,dict"`
	AssociatedIdentityUserPrincipalName *string `parquet:"caller_associated_identity_user_principal_name,dict"`
	Identity                            *string `parquet:"caller_identity,dict"`
	IdentityKind                        *string `parquet:"caller_identity_kind,dict"`
	IdentityID                          *string `parquet:"caller_identity_id,dict"`
	IdentityDisplayName                 *string `parquet:"caller_identity_display_name,dict"`
	IdentityTenantID                    *string `parquet:"caller_identity_tenant_id,dict"`
	IdentityUserPrincipalName           *string `parquet:"caller_identity_user_principal_name,dict"`
	UserAgentKind                       *string `parquet:"caller_user_agent_kind,dict"`
	UserAgentHeaderValue                *string `parquet:"caller_user_agent_header_value,dict"`
	UserAgentApplicationVersion         *string `parquet:"caller_user_agent_application_version,dict"`
	UserAgentAzureADAppID               *string `parquet:"caller_user_agent_azure_ad_app_id,dict"`
	UserAgentCommunicationServiceID     *string `parquet:"caller_user_agent_communication_service_id,dict"`
	UserAgentPlatform                   *string `parquet:"caller_user_agent_platform,dict"`
	UserAgentProductFamily              *string `parquet:"caller_user_agent_product_family,dict"`
	UserAgentRole                       *string `parquet:"caller_user_agent_role,dict"`
	FeedbackRating                      *string `parquet:"caller_feedback_rating,dict"`
	FeedbackText                        *string `parquet:"caller_feedback_text,dict"`
	FeedbackTokens                      *string `parquet:"caller_feedback_tokens,dict"`
}

// CalleeEndpoint is the endpoint of the callee.
type CalleeEndpoint struct {
	Kind                                *string `parquet:"callee_kind,dict"`
	Name                                *string `parquet:"callee_name,dict"`
	CPUName                             *string `parquet:"callee_cpu_name,dict"`
	CPUCoresCount                       *int64  `parquet:"callee_cpu_cores_count"`
	CPUProcessorSpeedInMhz              *int64  `parquet:"callee_cpu_processor_speed_in_mhz"`
	AssociatedIdentityID                *string `parquet:"callee_associated_identity_id,dict"`
	AssociatedIdentityDisplayName       *string `parquet:"callee_associated_identity_display_name,dict"`
	AssociatedIdentityTenantID          *string `parquet:"callee_associated_identity_tenant_id,dict"`
	AssociatedIdentityUserPrincipalName *string `parquet:"callee_associated_identity_user_principal_name,dict"`
	Identity                            *string `parquet:"callee_identity,dict"`
	IdentityKind                        *string `parquet:"callee_identity_kind,dict"`
	IdentityID                          *string `parquet:"callee_identity_id,dict"`
	IdentityDisplayName                 *string `parquet:"callee_identity_display_name,dict"`
	IdentityTenantID                    *string `parquet:"callee_identity_tenant_id,dict"`
	IdentityUserPrincipalName           *string `parquet:"callee_identity_user_principal_name,dict"`
	UserAgentKind                       *string `parquet:"callee_user_agent_kind,dict"`
	UserAgentHeaderValue                *string `parquet:"callee_user_agent_header_value,dict"`
	UserAgentApplicationVersion         *string `parquet:"callee_user_agent_application_version,dict"`
	UserAgentAzureADAppID               *string `parquet:"callee_user_agent_azure_ad_app_id,dict"`
	UserAgentCommunicationServiceID     *string `parquet:"callee_user_agent_communication_service_id,dict"`
	UserAgentPlatform                   *string `parquet:"callee_user_agent_platform,dict"`
	UserAgentProductFamily              *string `parquet:"callee_user_agent_product_family,dict"`
	UserAgentRole                       *string `parquet:"callee_user_agent_role,dict"`
	FeedbackRating                      *string `parquet:"callee_feedback_rating,dict"`
	FeedbackText                        *string `parquet:"callee_feedback_text,dict"`
	FeedbackTokens                      *string `parquet:"callee_feedback_tokens,dict"`
}
