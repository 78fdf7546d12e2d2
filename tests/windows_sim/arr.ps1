# Doubles of IIS's configuration objects (Microsoft.Web.Administration), as far as ARR's servers need them.
function Add-Type {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string] $Path)
    if ($Path -ne "$env:SystemRoot\System32\inetsrv\Microsoft.Web.Administration.dll") { throw "Cannot bind parameter 'Path': $Path" }
}

function New-Object {
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0)][string] $TypeName)
    if ($TypeName -ne 'Microsoft.Web.Administration.ServerManager') { throw "Cannot find type [$TypeName]" }
    $Manager = [pscustomobject]@{}
    $Manager | Add-Member -MemberType ScriptMethod -Name GetApplicationHostConfiguration -Value { New-SimElement @{} @{ webFarms = Get-SimFarm } }
    return $Manager
}

# An element of the configuration: its attributes, its named children, and what its collection holds.
function New-SimElement {
    param([hashtable] $Attributes, [hashtable] $Children, [object[]] $Collection = @(), [hashtable] $Methods = @{})
    $Element = [pscustomobject]@{ SimAttributes = $Attributes; SimChildren = $Children; SimCollection = $Collection; Methods = $Methods }
    $Element | Add-Member -MemberType ScriptMethod -Name GetAttributeValue -Value {
        param($Name)
        if (-not $this.SimAttributes.ContainsKey($Name)) { throw "The attribute '$Name' does not exist" }
        $this.SimAttributes[$Name]
    }
    foreach ($Name in 'GetSection', 'GetChildElement') {
        $Element | Add-Member -MemberType ScriptMethod -Name $Name -Value {
            param($Name)
            if (-not $this.SimChildren.ContainsKey($Name)) { throw "The element '$Name' does not exist" }
            $this.SimChildren[$Name]
        }
    }
    $Element | Add-Member -MemberType ScriptMethod -Name GetCollection -Value { $this.SimCollection }
    return $Element
}

function Get-SimFarm {
    $Servers = @(Invoke-Sim ArrServers @{})
    $Farms = @(foreach ($Farm in @($Servers | ForEach-Object { $_.Farm } | Sort-Object -Unique)) {
        New-SimElement @{ name = $Farm } @{} @($Servers | Where-Object { $_.Farm -eq $Farm } | ForEach-Object { New-SimServer $_ })
    })
    return New-SimElement @{} @{} $Farms
}

function New-SimServer {
    param([object] $Server)
    # The counters are read when they are asked for, after a state was set.
    $Counters = New-SimElement @{} @{}
    $Counters | Add-Member -MemberType NoteProperty -Name SimServer -Value $Server
    $Counters | Add-Member -Force -MemberType ScriptMethod -Name GetAttributeValue -Value {
        param($Name)
        if (-not $this.PSObject.Properties['SimRead']) {
            $this | Add-Member -MemberType NoteProperty -Name SimRead -Value (Invoke-Sim ArrCounters @{ Farm = $this.SimServer.Farm; Address = $this.SimServer.Address })
        }
        if (-not $this.SimRead.PSObject.Properties[$Name]) { throw "The attribute '$Name' does not exist" }
        $this.SimRead.$Name
    }
    $SetState = [pscustomobject]@{ SimServer = $Server }
    $SetState | Add-Member -MemberType ScriptMethod -Name CreateInstance -Value {
        $Instance = [pscustomobject]@{ SimServer = $this.SimServer; Input = [pscustomobject]@{ Attributes = @([pscustomobject]@{ Value = $null }) } }
        $Instance | Add-Member -MemberType ScriptMethod -Name Execute -Value {
            $State = $this.Input.Attributes[0].Value
            if ($State -notin 0..3) { throw "Invalid state '$State'" }
            Invoke-Sim ArrSetState @{ Farm = $this.SimServer.Farm; Address = $this.SimServer.Address; State = $State }
        }
        $Instance
    }
    $Routing = New-SimElement @{} @{ counters = $Counters } @() @{ SetState = $SetState }
    return New-SimElement @{ address = $Server.Address } @{ applicationRequestRouting = $Routing }
}
